# SPDX-License-Identifier: AGPL-3.0-or-later
"""What differs between what runs for a space and what should, and how that reads to a human."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from archipel.design.moments import size_in_words
from archipel.identity.models import Person
from archipel.machines.models import Machine
from archipel.organisations.models import Membership
from archipel.spaces import states
from archipel.spaces.audience import people_in, roles_known
from archipel.spaces.effects import effect_of
from archipel.spaces.models import Application, Space, SpaceDrift
from archipel.spaces.ports import Running, Told
from archipel.spaces.roles import role_words

Both = dict[str, Any]
FIELDS: dict[str, str | Promise] = {
    "version": gettext_lazy("Version"),
    "machine": gettext_lazy("Machine"),
    "stack": gettext_lazy("Settings of the containers"),
    "people": gettext_lazy("Who enters"),
    "quota": gettext_lazy("Room"),
    "hold": gettext_lazy("Hold"),
}
ADOPTABLE = frozenset({"version", "machine", "people", "quota"})


def differences_of(space: Space, seen: Running, told: Told | None) -> dict[str, Both]:
    """Return what differs, each thing with what is ``here`` and what is ``there``: JSON-ready, nothing when nothing does."""
    found: dict[str, Both] = {}
    if seen.version != space.version:
        found["version"] = {"here": space.version, "there": seen.version}
    node = space.machine.node_id if space.machine else ""
    if node and seen.machines and node not in seen.machines:
        found["machine"] = {"here": [node], "there": list(seen.machines)}
    if not seen.as_put:
        found["stack"] = {"here": True, "there": False}
    return found | (_told_otherwise(space, told) if told else {})


def _told_otherwise(space: Space, told: Told) -> dict[str, Both]:
    found: dict[str, Both] = {}
    if told.people is not None:
        here = {who.person_id: who.role for who in people_in(space)}
        odd = sorted(who for who in {*here, *told.people} if here.get(who) != told.people.get(who))
        if odd:
            found["people"] = {
                "here": {who: here.get(who) for who in odd},
                "there": {who: told.people.get(who) for who in odd},
            }
    if told.quota != space.quota_bytes:
        found["quota"] = {"here": space.quota_bytes, "there": told.quota}
    effect = effect_of(space)
    if told.effect != effect:
        found["hold"] = {"here": effect, "there": told.effect}
    return found


def can_adopt(drift: SpaceDrift) -> bool:
    """Return whether what is there may become the truth here: a hold, a role for a stranger or unknown settings may not."""
    if drift.missing or not drift.differences or set(drift.differences) - ADOPTABLE:
        return False
    checks = {"version": _version_is_known, "machine": _machine_is_known, "people": _people_belong}
    return all(
        name not in checks or checks[name](drift.space, both["there"]) for name, both in drift.differences.items()
    )


def _version_is_known(space: Space, there: Any) -> bool:
    row = Application.objects.filter(connector=space.connector).first()
    return row is not None and there in row.versions


def _machine_is_known(space: Space, there: Any) -> bool:
    """A stack that runs elsewhere while its machine is lost holds nothing of what was there: it is opened from a copy."""
    if space.machine and space.machine.lost_at:
        return False
    return Machine.objects.filter(node_id__in=there, retired_at=None).exists()


def _people_belong(space: Space, there: dict[str, str | None]) -> bool:
    rows = Membership.objects.filter(organisation=space.organisation, ended_at=None, person__public_id__in=list(there))
    known = roles_known(space)
    belong = set(rows.values_list("person__public_id", flat=True))
    return set(there) <= belong and all(role is None or role in known for role in there.values())


@dataclass(frozen=True)
class DriftSide:
    """One thing as it reads here and there."""

    label: str
    here: str
    there: str


def sides_of(drift: SpaceDrift) -> list[DriftSide]:
    """Return the differences in words."""
    people = [who for both in [drift.differences.get("people")] if both for who in both["here"]]
    names = dict(Person.objects.filter(public_id__in=people).values_list("public_id", "name"))
    nodes = [node for both in [drift.differences.get("machine")] if both for node in (*both["here"], *both["there"])]
    machines = dict(Machine.objects.filter(node_id__in=nodes).values_list("node_id", "name"))
    known = roles_known(drift.space)
    words = _Words(known, names, machines)
    return [
        DriftSide(str(FIELDS[name]), words.said(name, both["here"]), words.said(name, both["there"]))
        for name, both in drift.differences.items()
    ]


@dataclass(frozen=True)
class _Words:
    known: dict[str, str]
    names: dict[str, str]
    machines: dict[str, str]

    def said(self, name: str, value: Any) -> str:
        if name == "people":
            return "; ".join(self._person(who, role) for who, role in value.items())
        if name == "machine":
            return ", ".join(self.machines.get(node, node) for node in value)
        if name == "quota":
            return _("unlimited") if value is None else size_in_words(value)
        if name == "hold":
            return str(states.EFFECT_WORDS.get(value, value))
        if name == "stack":
            return _("as Archipel put them") if value else _("changed by somebody else")
        return str(value)

    def _person(self, who: str, role: str | None) -> str:
        return _("%(name)s: %(role)s") % {"name": self.names.get(who, who), "role": self._role(role)}

    def _role(self, role: str | None) -> str:
        return role_words(self.known, role) if role else _("does not enter")
