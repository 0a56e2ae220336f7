# SPDX-License-Identifier: AGPL-3.0-or-later
"""May this person enter, store, upload? The answer, the reason, at which level it was decided, and what to do next."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from archipel.identity.models import Person
from archipel.organisations import access as organisations
from archipel.organisations.models import Membership
from archipel.spaces import states
from archipel.spaces.audience import people_in
from archipel.spaces.models import Hold, Space, SpaceRole

Verb = Literal["enter", "store", "upload"]
Level = Literal["person", "organisation", "space", "host"]

_ASK_REFERENT = _("Ask a referent of the organisation.")
_WRITE_TO_HOST = _("Write to the host: its address is on the page of the space.")
_NOTHING = _("Nothing to do.")

# By reason: what it means, and what to do next.
_WORDS: dict[str, tuple[str | Promise, str | Promise]] = {
    "allowed": (_("Yes."), _NOTHING),
    "account_closed": (_("This account can no longer sign in."), _WRITE_TO_HOST),
    "not_a_member": (_("This person does not belong to the organisation of the space."), _ASK_REFERENT),
    "kept_out": (_("A referent decided that this person does not enter the space."), _ASK_REFERENT),
    "role_does_not_include": (_("The role of this person does not include it."), _ASK_REFERENT),
    "not_open_yet": (_("The space is being opened."), _("Wait for the message that says it is open.")),
    "closing": (_("The space is being closed."), _("A referent may cancel the closing while nothing is deleted.")),
    "paused": (_("The organisation paused the space."), _("A referent puts it back online on its page.")),
    "held": (_("The host holds the space back."), _WRITE_TO_HOST),
    "full": (_("The space has no room left."), _("Make room, or ask the host for more.")),
    "no_room": (_("There is not enough room left for this."), _("Make room, or ask the host for more.")),
}


@dataclass(frozen=True)
class Entitlement:
    """``reason`` is stable and for programs, ``level`` says who decided; ``message`` and ``next`` are for people."""

    allowed: bool
    reason: str
    level: Level

    @property
    def message(self) -> str:
        return str(_WORDS[self.reason][0])

    @property
    def next(self) -> str:
        return str(_WORDS[self.reason][1])


def entitlement_of(space: Space, person: Person | None, verb: Verb, size: int | None = None) -> Entitlement:
    """Return whether a person may do something in a space now; a person nobody knows belongs to no organisation.

    ``size``: bytes that are about to be uploaded. A measure that is missing never says no.
    """
    entering = _may_enter(space, person)
    if not entering.allowed or verb == "enter":
        return entering
    assert person is not None
    if space.client_id is None and not organisations.person_may(person, space.organisation, "publish"):
        return Entitlement(False, "role_does_not_include", "organisation")
    held = _held(space, {"read_only", "suspended"})
    return held or _room(space, size if verb == "upload" else None) or entering


def _may_enter(space: Space, person: Person | None) -> Entitlement:
    # What concerns the person first: who does not belong learns nothing of the state of the space.
    return _of_person(space, person) or _of_space(space) or _held(space, {"suspended"}) or _granted(space, person)


def _of_person(space: Space, person: Person | None) -> Entitlement | None:
    if person is None or not _belongs(space, person):
        return Entitlement(False, "not_a_member", "organisation")
    if not person.is_active:
        return Entitlement(False, "account_closed", "person")
    if SpaceRole.objects.filter(space=space, person=person, role="").exists():
        return Entitlement(False, "kept_out", "person")
    # As the entries say: not every role of an organisation enters the application of its spaces.
    if space.client_id is not None and not people_in(space, person):
        return Entitlement(False, "role_does_not_include", "organisation")
    return None


def _of_space(space: Space) -> Entitlement | None:
    if space.state == "opening":
        return Entitlement(False, "not_open_yet", "space")
    return Entitlement(False, "closing", "space") if space.state != "open" else None


def _held(space: Space, effects: set[str]) -> Entitlement | None:
    rows = Hold.objects.filter(space=space, lifted_at=None, effect__in=effects).values_list("kind", "effect")
    strongest = states.strongest(effect for _kind, effect in rows)
    kinds = {kind for kind, effect in rows if effect == strongest}
    if not kinds:
        return None
    # The organisation lifts its own pause only; with a hold of the host beside it, that would change nothing.
    return Entitlement(False, "paused", "organisation") if kinds == {"own_wish"} else Entitlement(False, "held", "host")


def _room(space: Space, size: int | None) -> Entitlement | None:
    if space.usage_bytes is None or space.quota_bytes is None:
        return None
    if space.usage_bytes >= space.quota_bytes:
        return Entitlement(False, "full", "space")
    if size is not None and space.usage_bytes + size > space.quota_bytes:
        return Entitlement(False, "no_room", "space")
    return None


def _granted(space: Space, person: Person | None) -> Entitlement:
    own = SpaceRole.objects.filter(space=space, person=person).exists()
    return Entitlement(True, "allowed", "person" if own else "organisation")


def _belongs(space: Space, person: Person) -> bool:
    return Membership.objects.filter(organisation=space.organisation, person=person, ended_at=None).exists()
