# SPDX-License-Identifier: AGPL-3.0-or-later
"""Before something of a space is changed underneath it: one thing at a time, and nothing written meanwhile."""

from __future__ import annotations

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from archipel.kernel.refusals import Refusal
from archipel.spaces.models import Hold, Space
from archipel.spaces.operations.holding import lift_hold, place_hold, push_effect_of
from archipel.spaces.operations.routing import push_routes_of


class SpaceUnderWay(Refusal):
    """A procedure is at work on this space."""

    code = "space_under_way"
    message = gettext_lazy("Something is under way on this space already: look at its procedure.")


def hold_for_work(*, space: Space, mark: str) -> None:
    """Let nothing be written to a space while it is worked on; its people still read. Repeatable; calls outside.

    ``mark`` names the work: a hold that an interrupted call placed is found by it. Nobody is written to: it lasts minutes.
    """
    with transaction.atomic():
        _hold(space, mark)
    push_effect_of(space_id=space.public_id)


def hide_for_work(*, space: Space, mark: str) -> None:
    """Have visitors read that a space is worked on, until its hold is lifted. Repeatable; calls outside.

    For the time when its containers start with nothing in them: nobody is to see that, or to write there. The application
    is not told, so that it can be looked at as it is.
    """
    with transaction.atomic():
        hold = _hold(space, mark)
        if not hold.hides:
            hold.hides = True
            hold.save(update_fields=["hides"])
    push_routes_of(space_id=space.public_id)


def _hold(space: Space, mark: str) -> Hold:
    with translation.override(space.language):
        words = _("Maintenance, for a few minutes: nothing can be changed meanwhile.")
    reason = f"{words} [{mark}]"
    found = Hold.objects.filter(space=space, kind="maintenance", reason=reason).first()
    return found or place_hold(space=space, kind="maintenance", effect="read_only", reason=reason, by=None, tell=False)


def release_after_work(*, space: Space, mark: str) -> None:
    """Lift the hold of a work that is over, and tell the application at once. Repeatable; calls outside."""
    give_up_work(space=space, mark=mark)
    push_effect_of(space_id=space.public_id)


def give_up_work(*, space: Space, mark: str) -> None:
    """Lift the hold of a work that is over or was given up. Repeatable."""
    with transaction.atomic():
        for hold in Hold.objects.select_related("space").filter(
            space=space, kind="maintenance", lifted_at=None, reason__endswith=f"[{mark}]"
        ):
            lift_hold(hold=hold, by=None, tell=False)
