# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every night what is there is read back and compared; a human adopts or repairs what somebody changed there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django_tasks import task

from archipel.history import operations as history
from archipel.identity.adopting import STRANGER, can_adopt, sides_of, value_of
from archipel.identity.agreeing import compared, from_state, seen
from archipel.identity.models import Client, Drift, DriftKind, Entry, Person, Pushed
from archipel.identity.operations.entries import end_entry, give_entry
from archipel.identity.operations.persons import change_profile, person_for_confirmed_email
from archipel.identity.operations.pushing import (
    difference_of,
    label_of,
    note_drift,
    push_later,
    put_right,
    remember_agreed,
    tell_person_changed,
)
from archipel.identity.ports import PersonSpec, Spec, Stranger
from archipel.identity.sign_on import ADOPTED, all_expected, expected, sign_on
from archipel.kernel import clock
from archipel.kernel.refusals import Refusal
from archipel.outbox import operations as outbox


class NothingToAdopt(Refusal):
    """What was changed there cannot become the truth here by one click."""

    code = "nothing_to_adopt"
    message = _("This cannot be adopted as it is: change it in Archipel, or repair it.")


class DriftIsOver(Refusal):
    """Somebody settled it in the meantime, or the night found nothing any more."""

    code = "drift_is_over"
    message = _("This difference is settled already.")


@dataclass(frozen=True)
class Compared:
    """How many things were the same, how many differ by somebody's hand, how many of ours are on their way."""

    same: int
    drifted: int
    pushed: int


def compare_sign_on() -> Compared | None:
    """Read back everything, keep the differences for Today, push what is only late; None where nothing is pushed."""
    there = sign_on()
    if there is None:
        return None
    before: dict[tuple[str, str], Spec] = {(spec.kind, spec.id): spec for spec in all_expected()}
    snapshot = there.read_back()
    bases = {(row.kind, row.object_id): from_state(row.kind, row.agreed) for row in Pushed.objects.all()}
    found: dict[tuple[str, str], str] = {}
    for key in sorted({*before, *snapshot.specs, *bases}):
        # What changed here while it was read there says nothing: its own push is under way.
        if before.get(key) == snapshot.specs.get(key) or expected(*key) == before.get(key):
            found[key] = _compare(key, before.get(key), bases.get(key), snapshot.specs.get(key))
    strangers = [one for one in snapshot.strangers if one.enabled]
    for one in strangers:
        _note_stranger(one)
        found[STRANGER, one.id] = "drifted"
    _forget_others(found)
    _ensure_second_factors(before.values())
    told = list(found.values())
    return Compared(told.count("same"), told.count("drifted"), told.count("pushed"))


def _ensure_second_factors(specs: Iterable[Spec]) -> None:
    """Ask again who took theirs away, and who is asked since the host changed which roles need one."""
    for spec in specs:
        if isinstance(spec, PersonSpec) and spec.needs_second_factor:
            push_later(kind="person", object_id=spec.id)


def _compare(key: tuple[str, str], ours: Spec | None, base: Spec | None, theirs: Spec | None) -> str:
    kind, id = key
    if ours == theirs:
        if ours is not None and base != ours:
            remember_agreed(ours=ours)
        elif ours is None:
            Pushed.objects.filter(kind=kind, object_id=id).delete()
        return "same"
    if theirs == base:  # only we changed: a push was lost, or nothing announced it
        push_later(kind=kind, object_id=id)  # type: ignore[arg-type]  # a kind read from a spec
        return "pushed"
    if ours is None:
        assert theirs is not None
        told: dict[str, Any] = {name: seen(None, theirs, name) for name in compared(theirs)}
        note_drift(kind=kind, object_id=id, label=label_of(spec=theirs), what=DriftKind.UNKNOWN, differences=told)
    elif theirs is None:
        note_drift(kind=kind, object_id=id, label=label_of(spec=ours), what=DriftKind.MISSING, differences={})
    else:
        names = [name for name in compared(ours) if getattr(ours, name) != getattr(theirs, name)]
        note_drift(
            kind=kind, object_id=id, label=label_of(spec=ours), what=DriftKind.DIFFERENT,
            differences=difference_of(ours=ours, theirs=theirs, names=names),
        )  # fmt: skip
    return "drifted"


def _note_stranger(one: Stranger) -> None:
    told: dict[str, Any] = {
        "name": {"here": None, "there": one.name},
        "email": {"here": None, "there": one.email},
        "confirmed": {"here": None, "there": one.confirmed},
    }
    note_drift(kind=STRANGER, object_id=one.id, label=one.name, what=DriftKind.UNKNOWN, differences=told)


def _forget_others(found: dict[tuple[str, str], str]) -> None:
    for row in Drift.objects.all():
        if found.get((row.kind, row.object_id)) != "drifted":
            row.delete()


def repair_drift(*, drift: Drift, by: Person) -> Drift:
    """Let the worker make it there as it is here (``DriftIsOver``). Repeatable."""
    with transaction.atomic():
        row = _locked(drift)
        if row.repair_asked_at is None:
            row.repair_asked_at = clock.now()
            row.save(update_fields=["repair_asked_at"])
            history.record(what="identity.drift_repaired", about=_about(row), actor=by, visible="host")
        outbox.enqueue_once(task=repair_one, key=f"repair:{row.public_id}", kwargs={"public_id": row.public_id})
    return row


@task()
def repair_one(*, public_id: str) -> None:
    row = Drift.objects.filter(public_id=public_id).first()
    there = sign_on()
    if row is None or there is None:
        return
    if row.kind == STRANGER:
        there.close(row.object_id)
    else:
        put_right(kind=row.kind, object_id=row.object_id)  # type: ignore[arg-type]  # a kind that was noted
    Drift.objects.filter(pk=row.pk).delete()


def adopt_drift(*, drift: Drift, by: Person) -> None:
    """Make it here as somebody made it there (``NothingToAdopt``, ``DriftIsOver``)."""
    if not can_adopt(drift=drift):
        raise NothingToAdopt
    with transaction.atomic():
        row = _locked(drift)
        _ADOPTING[row.kind](row, by)
        history.record(what="identity.drift_adopted", about=_about(row), actor=by, visible="host")
        row.delete()


def _adopt_person(drift: Drift, by: Person) -> None:  # noqa: ARG001 - one signature for all kinds
    person = Person.objects.get(public_id=drift.object_id)
    told = {name: both["there"] for name, both in drift.differences.items()}
    values = {"name": person.name, "language": person.language} | told
    change_profile(person=person, name=values["name"], language=values["language"])
    _agree_as_is(drift)


def _adopt_client(drift: Drift, by: Person) -> None:  # noqa: ARG001 - one signature for all kinds
    client = Client.objects.select_for_update().get(public_id=drift.object_id)
    for name, both in drift.differences.items():
        setattr(client, name, both["there"])
    client.save(update_fields=list(drift.differences))
    _agree_as_is(drift)


def _adopt_entry(drift: Drift, by: Person) -> None:  # noqa: ARG001 - one signature for all kinds
    client, person = sides_of(drift)
    if drift.what == DriftKind.MISSING:
        for row in Entry.objects.select_related("client", "person").filter(client=client, person=person):
            end_entry(client=row.client, person=row.person, through=row.through)
    elif client is not None and person is not None:
        roles = value_of(drift, "roles", "there")
        give_entry(client=client, person=person, through=ADOPTED, roles=roles)
    _agree_as_is(drift)


def _adopt_stranger(drift: Drift, by: Person) -> None:
    told = {name: both["there"] for name, both in drift.differences.items()}
    person = person_for_confirmed_email(email=told["email"], name=told["name"], language=by.language)
    tell_person_changed(person=person)


_ADOPTING: dict[str, Callable[[Drift, Person], None]] = {
    "person": _adopt_person,
    "client": _adopt_client,
    "entry": _adopt_entry,
    STRANGER: _adopt_stranger,
}


def _agree_as_is(drift: Drift) -> None:
    ours = expected(drift.kind, drift.object_id)
    if ours is None:
        Pushed.objects.filter(kind=drift.kind, object_id=drift.object_id).delete()
    else:
        remember_agreed(ours=ours)


def _locked(drift: Drift) -> Drift:
    row = Drift.objects.select_for_update().filter(pk=drift.pk).first()
    if row is None:
        raise DriftIsOver
    return row


def _about(drift: Drift) -> tuple[str, str, str]:
    return ("drift", drift.public_id, drift.label)
