# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from dataclasses import dataclass

from archipel.catalogue.models import Question, Service
from archipel.host.queries import in_language
from archipel.kernel.refusals import NotFound


@dataclass(frozen=True)
class AskedQuestion:
    """A question in the language of the page; a choice's value is its rank, as text."""

    key: str
    kind: str
    label: str
    help: str
    choices: tuple[tuple[str, str], ...]
    required: bool


def questions_of(service: Service, language: str | None = None) -> list[AskedQuestion]:
    """Return what a service asks, in order."""
    return [_asked(row, language) for row in Question.objects.filter(service=service)]


def question_of(service: Service, key: str) -> Question:
    """Return one question of a service (``NotFound``)."""
    question = Question.objects.filter(service=service, key=key).first()
    if question is None:
        raise NotFound
    return question


def _asked(row: Question, language: str | None) -> AskedQuestion:
    return AskedQuestion(
        key=row.key,
        kind=row.kind,
        label=in_language(row.labels, language).body,
        help=in_language(row.helps, language).body,
        choices=tuple((str(rank), in_language(labels, language).body) for rank, labels in enumerate(row.choices)),
        required=row.required,
    )
