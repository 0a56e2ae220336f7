# SPDX-License-Identifier: AGPL-3.0-or-later
"""Spaces that no connector opens: a person does it, step by step as the service says, and ticks what is done."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.catalogue.texts import hand_steps
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import Refusal
from archipel.spaces.models import HandStep, Moment, Space
from archipel.spaces.moves import locked, record

WORDS_LENGTH = 300
_FIELDS = {Moment.OPENING: "opening_steps", Moment.DELETION: "deletion_steps"}
_STATES = {Moment.OPENING: "opening", Moment.DELETION: "closed"}


class StepsRemain(Refusal):
    """Something of the list is not done yet."""

    code = "steps_remain"
    message = _("Some steps are not done yet: tick them first.")


class StepsOver(Refusal):
    """The list belongs to a moment that is over."""

    code = "steps_over"
    message = _("These steps are over.")


def lay_out_steps(*, space: Space, moment: Moment) -> None:
    """Write the list of a moment as the service says it now; what changes there later changes nothing here. Repeatable."""
    with transaction.atomic():
        if HandStep.objects.filter(space=space, moment=moment).exists():
            return
        HandStep.objects.bulk_create(
            HandStep(space=space, moment=moment, position=position, words=words[:WORDS_LENGTH])
            for position, words in enumerate(hand_steps(space.service, _FIELDS[moment]), start=1)
        )


def tick_step(*, step: HandStep, done: bool, by: Person) -> HandStep:
    """Say that a step is done, or not after all (``StepsOver``). Repeatable."""
    with transaction.atomic():
        space = locked(step.space)
        step = HandStep.objects.select_for_update().get(pk=step.pk)
        if space.state != _STATES[Moment(step.moment)]:
            raise StepsOver
        if bool(step.done_at) == done:
            return step
        step.done_at, step.done_by = (clock.now(), by) if done else (None, None)
        step.save(update_fields=["done_at", "done_by"])
        what = "space.step_done" if done else "space.step_undone"
        record(what, space, by, visible="host", words=step.words)
    return step


def check_steps_done(*, space: Space, moment: Moment) -> None:
    """Refuse while something of the list of a moment remains (``StepsRemain``)."""
    if HandStep.objects.filter(space=space, moment=moment, done_at=None).exists():
        raise StepsRemain
