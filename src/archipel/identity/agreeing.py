# SPDX-License-Identifier: AGPL-3.0-or-later
"""Three-way agreement between here, there, and what both last agreed on: nobody's change is silently overwritten."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from typing import Any, cast, get_type_hints

from archipel.identity.ports import ClientSpec, EntrySpec, GroupSpec, PersonSpec, RealmSpec, Spec

CLASSES: dict[str, type[Spec]] = {
    "realm": RealmSpec,
    "group": GroupSpec,
    "person": PersonSpec,
    "client": ClientSpec,
    "entry": EntrySpec,
}
_NAMES = {"id", "client_id", "person_id"}


def compared(spec: Spec) -> list[str]:
    """Return the fields in which two sides can differ."""
    return [one.name for one in fields(spec) if one.compare and one.name not in _NAMES]


def to_state(spec: Spec) -> dict[str, Any]:
    """Return what is stored of a spec: never a secret, never a hash."""
    names = [one.name for one in fields(spec) if one.compare]
    return {name: _plain(getattr(spec, name)) for name in names}


def from_state(kind: str, state: dict[str, Any]) -> Spec:
    """Read what was stored; a field that a newer release brought has its default."""
    spec_class: Any = CLASSES[kind]
    hints = get_type_hints(spec_class)
    known = {name: value for name, value in state.items() if name in hints}
    values = {name: frozenset(value) if isinstance(value, list) else value for name, value in known.items()}
    return cast(Spec, spec_class(**values))


def _plain(value: Any) -> Any:
    return sorted(value) if isinstance(value, frozenset) else value


@dataclass(frozen=True)
class Agreement:
    """``wanted``: what is to be there now. ``drifted``: what somebody changed there, kept as they left it."""

    wanted: Spec
    drifted: dict[str, dict[str, Any]] = field(default_factory=dict)


def agree(ours: Spec, base: Spec | None, theirs: Spec | None) -> Agreement:
    """Bring our changes over theirs: a field changed only here is taken, one changed there stays and is told.

    Sets (roles, groups, addresses) agree member by member. A person who is closed here is closed there, whatever was
    changed: what takes a right away never waits for a human.
    """
    if theirs is None or base is None:
        return Agreement(ours)
    values = {name: _field(getattr(ours, name), getattr(base, name), getattr(theirs, name)) for name in compared(ours)}
    if isinstance(ours, PersonSpec | ClientSpec) and not ours.enabled:
        values["enabled"] = False
    drifted = {name: seen(ours, theirs, name) for name, value in values.items() if value != getattr(ours, name)}
    return Agreement(replace(ours, **values), drifted)


def _field(ours: Any, base: Any, theirs: Any) -> Any:
    if isinstance(ours, frozenset):
        return (theirs - (base - ours)) | (ours - base)
    return ours if theirs == base else theirs


def seen(ours: Spec | None, theirs: Spec | None, name: str) -> dict[str, Any]:
    """Return how one field reads here and there."""
    here, there = (_plain(getattr(spec, name)) if spec is not None else None for spec in (ours, theirs))
    return {"here": here, "there": there}
