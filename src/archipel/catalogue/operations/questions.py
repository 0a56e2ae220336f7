# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _

from archipel.catalogue.models import Question, Service
from archipel.catalogue.texts import in_history
from archipel.history import operations as history
from archipel.identity.models import Person
from archipel.kernel.refusals import Invalid

KINDS = frozenset({"line", "text", "number", "yes_no", "choice"})


class QuestionRefused(Invalid):
    """A question that could not be asked."""

    code = "question_refused"
    message = _("Write the question in one language at least.")


@dataclass(frozen=True)
class QuestionGiven:
    """A question of a service's form; ``choices``: one ``{language: label}`` an answer, its rank is its value."""

    key: str
    kind: str
    labels: dict[str, str]
    helps: dict[str, str] = field(default_factory=dict)
    choices: list[dict[str, str]] = field(default_factory=list)
    required: bool = False


def define_questions(*, service: Service, questions: Sequence[QuestionGiven], by: Person | None = None) -> None:
    """Replace all the questions of a service, in this order."""
    for given in questions:
        _check(given)
    with transaction.atomic():
        service = Service.objects.select_for_update().get(pk=service.pk)
        Question.objects.filter(service=service).delete()
        for position, given in enumerate(questions):
            _write(Question(service=service, position=position), given)
        _record(service, by)


def save_question(
    *, service: Service, given: QuestionGiven, former_key: str = "", by: Person | None = None
) -> Question:
    """Add a question at the end, or write one again (``former_key``); an empty key is made from the words."""
    _check(given)
    with transaction.atomic():
        service = Service.objects.select_for_update().get(pk=service.pk)
        asked = Question.objects.filter(service=service)
        if former_key:
            question = asked.get(key=former_key)
        else:
            last = asked.aggregate(last=Max("position"))["last"]
            question = Question(service=service, position=0 if last is None else last + 1)
            given = _with_key(given, set(asked.values_list("key", flat=True)))
        _write(question, given, key=former_key or given.key)
        _record(service, by)
    return question


def remove_question(*, service: Service, key: str, by: Person | None = None) -> None:
    """Stop asking; answers already given stay with their requests."""
    with transaction.atomic():
        Question.objects.filter(service=service, key=key).delete()
        _record(service, by)


def move_question(*, service: Service, key: str, up: bool, by: Person | None = None) -> None:
    """Ask a question one place earlier or later."""
    with transaction.atomic():
        service = Service.objects.select_for_update().get(pk=service.pk)
        rows = list(Question.objects.filter(service=service))
        place = next((index for index, row in enumerate(rows) if row.key == key), None)
        if place is None:
            return
        other = place - 1 if up else place + 1
        if 0 <= other < len(rows):
            rows[place], rows[other] = rows[other], rows[place]
        for position, row in enumerate(rows):
            row.position = position
        Question.objects.bulk_update(rows, ["position"])
        _record(service, by)


def _with_key(given: QuestionGiven, taken: set[str]) -> QuestionGiven:
    stem = given.key or slugify(next(iter(given.labels.values())))[:32] or "question"
    key, rank = stem, 2
    while key in taken:
        key, rank = f"{stem}-{rank}", rank + 1
    return QuestionGiven(key, given.kind, given.labels, given.helps, given.choices, given.required)


def _check(given: QuestionGiven) -> None:
    if not any(given.labels.values()):
        raise QuestionRefused(field="labels")
    if given.kind not in KINDS:
        raise QuestionRefused(_("Choose how this question is answered."), field="kind")
    if given.kind == "choice" and len(given.choices) < 2:
        raise QuestionRefused(_("Give two answers at least to choose from."), field="choices")


def _write(question: Question, given: QuestionGiven, key: str = "") -> None:
    question.key = key or given.key
    question.kind = given.kind
    question.labels = {language: words for language, words in given.labels.items() if words}
    question.helps = {language: words for language, words in given.helps.items() if words}
    question.choices = given.choices if given.kind == "choice" else []
    question.required = given.required
    question.save()


def _record(service: Service, by: Person | None) -> None:
    history.record(what="service.questions_changed", about=in_history(service), actor=by, visible="host")
