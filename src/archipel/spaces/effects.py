# SPDX-License-Identifier: AGPL-3.0-or-later
"""What applies to a space now, and what its visitors read of it."""

from __future__ import annotations

from archipel.host import queries as host
from archipel.spaces import states
from archipel.spaces.models import Space
from archipel.spaces.ports import HoldCause, HoldNotice


def effect_of(space: Space) -> str:
    """Return what applies to a space now: nothing, ``read_only`` or ``suspended``."""
    return states.effect_of(space.state, space.holds.filter(lifted_at=None).values_list("effect", flat=True))


def notice_of(space: Space, effect: str) -> HoldNotice:
    """Return what visitors of a held space read: whose act it is and whom to write to, never why."""
    kinds = space.holds.filter(lifted_at=None, effect=effect).values_list("kind", flat=True)
    return notice_for(space, effect, set(kinds))


def notice_for(space: Space, effect: str, kinds: set[str]) -> HoldNotice:
    """Return the same when the kinds of the open holds with this effect are known."""
    here = host.current()
    return HoldNotice(
        effect="suspended" if effect == "suspended" else "read_only",
        language=space.language,
        host_name=here.name,
        contact=here.contact_address,
        cause=_cause(space, kinds),
    )


def _cause(space: Space, kinds: set[str]) -> HoldCause:
    """Return whose act an effect is: the host's as soon as one of its holds has it, for what is said must stay true."""
    if kinds == {"maintenance"}:
        return "maintenance"
    if kinds - {"own_wish"}:
        return "host"
    return "own_wish" if kinds and space.state == "open" else "closing"
