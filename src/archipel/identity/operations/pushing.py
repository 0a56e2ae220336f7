# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes what is there as it is here. Run by the worker only, thing by thing, as often as needed; nothing is pushed
while Archipel itself is where people sign in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, cast

from django.db import transaction
from django_tasks import task

from archipel.identity.agreeing import Agreement, agree, from_state, seen, to_state
from archipel.identity.events import PersonChanged
from archipel.identity.models import Client, Drift, DriftKind, Person, Pushed, SecretToHand
from archipel.identity.ports import UNKNOWN, EntrySpec, PersonSpec, SignOn, SignOnKind, Spec
from archipel.identity.queries import signs_in_elsewhere
from archipel.identity.sign_on import REALM, all_expected, expected, sign_on
from archipel.kernel import clock, keys
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.outbox import operations as outbox

# A change may come while one is being written there; after so many the outbox tries again later.
LOOKS = 3
ABOUT: dict[str, SignOnKind] = {"client": "client", "person": "person", "group": "group", "realm": "realm"}


def push(*, kind: SignOnKind, object_id: str) -> None:
    """Bring one thing there in line (``TryLater``, ``RefusedOutside``). Repeatable.

    What somebody changed there since the last time stays as they left it and becomes a line on Today.
    """
    there = sign_on()
    if there is not None:
        _push(there, kind, object_id, force=False)


def put_right(*, kind: SignOnKind, object_id: str) -> None:
    """Bring one thing there in line whatever somebody changed there: a human asked for it."""
    there = sign_on()
    if there is not None:
        _push(there, kind, object_id, force=True)


def push_everything() -> int:
    """Let the worker push all that should be there, what others need first; return how many things that is."""
    if not signs_in_elsewhere():
        return 0
    count = 0
    for count, spec in enumerate(all_expected(), start=1):  # noqa: B007 - counted to the end
        push_later(kind=spec.kind, object_id=spec.id)
    return count


def push_later(*, kind: SignOnKind, object_id: str) -> None:
    """Write down that a thing is to be pushed; asked several times before it is done, it is done once."""
    if signs_in_elsewhere():
        values = {"kind": kind, "object_id": object_id}
        outbox.enqueue_once(task=push_one, key=f"sign_on:{kind}:{object_id}", kwargs=values)


@task()
def push_one(*, kind: SignOnKind, object_id: str) -> None:
    push(kind=kind, object_id=object_id)


def hand_over_secret(*, client: Client, secret: str) -> None:
    """Give the worker the secret of an application to hand over; called with the secret that is shown once."""
    if not signs_in_elsewhere() or not secret:
        return
    with transaction.atomic():
        SecretToHand.objects.update_or_create(client=client, defaults={"locked_secret": keys.lock(secret)})
        push_later(kind="client", object_id=client.public_id)


def invite_elsewhere(*, person: Person) -> None:
    """Let the place where people sign in mail a person the link by which they choose a passphrase there."""
    invite_one.enqueue(person_id=person.public_id)


@task()
def invite_one(*, person_id: str) -> None:
    there = sign_on()
    if there is not None:
        _push(there, "person", person_id, force=False)
        there.invite(person_id)


def end_sessions_elsewhere(*, person: Person) -> None:
    """Let every session of a person there end; applications that know back-channel logout are told.

    All of them: a browser that is still signed in there would be signed in here again at its next click.
    """
    if signs_in_elsewhere():
        end_sessions_of.enqueue(person_id=person.public_id)


@task()
def end_sessions_of(*, person_id: str) -> None:
    there = sign_on()
    if there is not None:
        there.end_sessions(person_id)


def tell_person_changed(*, person: Person) -> None:
    """Announce that a person became known or is known otherwise; in the transaction of the change where there is one."""
    with transaction.atomic():
        outbox.announce(PersonChanged(person_id=person.public_id))


def _push(there: SignOn, kind: SignOnKind, object_id: str, *, force: bool) -> None:
    for _look in range(LOOKS):
        ours = expected(kind, object_id)
        theirs = there.read(kind, object_id)
        base = None if force else _agreed(kind, object_id)
        agreement = _write(there, kind, object_id, ours, base, theirs)
        # Somebody may have changed it here while it was written there, and their own push may have come first.
        if expected(kind, object_id) == ours:
            _settle(kind, object_id, ours, agreement)
            return
    raise TryLater("it changes too often to be written there")


def _write(
    there: SignOn, kind: SignOnKind, object_id: str, ours: Spec | None, base: Spec | None, theirs: Spec | None
) -> Agreement | None:
    """Write what is wanted there and return what was agreed on; None when it is not to be there."""
    if ours is None:
        if theirs is not None:
            there.drop(kind, object_id)
        return None
    if theirs is None and base is not None:
        return Agreement(ours, {"": {"here": object_id, "there": None}})
    agreement = agree(ours, base, theirs)
    # What is never read back (secrets, sentences, the flows of the whole, a second factor) is ensured each time.
    ensured = kind in ("realm", "client") or getattr(ours, "needs_second_factor", False)
    if agreement.wanted != theirs or ensured:
        _put(there, agreement.wanted)
    return agreement


def _put(there: SignOn, spec: Spec) -> None:
    """Put one thing, and before it what it needs and is not there yet."""
    for _missing in range(LOOKS):
        try:
            there.put(spec)
            return
        except RefusedOutside as refusal:
            needed = list(_needs(spec, refusal))
            if not needed:
                raise
        for kind, id in needed:
            _push(there, kind, id, force=False)
    there.put(spec)


def _needs(spec: Spec, refusal: RefusedOutside) -> Iterator[tuple[SignOnKind, str]]:
    if refusal.code != UNKNOWN or refusal.about not in ABOUT:
        return
    kind = ABOUT[refusal.about]
    if kind == "realm":
        yield kind, REALM
    if kind == "client" and isinstance(spec, EntrySpec):
        yield kind, spec.client_id
    if kind == "person" and isinstance(spec, EntrySpec):
        yield kind, spec.person_id
    if kind == "group" and isinstance(spec, PersonSpec):
        yield from ((kind, id) for id in sorted(spec.groups))


def _agreed(kind: str, object_id: str) -> Spec | None:
    row = Pushed.objects.filter(kind=kind, object_id=object_id).first()
    return from_state(kind, row.agreed) if row else None


def _settle(kind: SignOnKind, object_id: str, ours: Spec | None, agreement: Agreement | None) -> None:
    with transaction.atomic():
        if agreement is None or ours is None:
            Pushed.objects.filter(kind=kind, object_id=object_id).delete()
            Drift.objects.filter(kind=kind, object_id=object_id).delete()
            return
        if not (agreement.drifted and "" in agreement.drifted):
            remember_agreed(ours=ours, leaving=agreement.drifted)
        if kind == "client":
            _forget_secret(object_id, getattr(ours, "secret", ""))
        if agreement.drifted:
            what = DriftKind.MISSING if "" in agreement.drifted else DriftKind.DIFFERENT
            differences = {} if what == DriftKind.MISSING else agreement.drifted
            note_drift(kind=kind, object_id=object_id, label=label_of(spec=ours), what=what, differences=differences)
        else:
            Drift.objects.filter(kind=kind, object_id=object_id).delete()


def remember_agreed(*, ours: Spec, leaving: Collection[str] = ()) -> None:
    """Keep what both sides have now; fields that drifted keep what was agreed on before, so that they stay told."""
    agreed = to_state(ours)
    before = Pushed.objects.filter(kind=ours.kind, object_id=ours.id).first()
    for name in leaving:
        if before is not None and name in before.agreed:
            agreed[name] = before.agreed[name]
    values = {"agreed": agreed, "at": clock.now()}
    Pushed.objects.update_or_create(kind=ours.kind, object_id=ours.id, defaults=values)


def note_drift(*, kind: str, object_id: str, label: str, what: str, differences: Mapping[str, Any]) -> None:
    """Keep a difference for Today; seen again it keeps its first day."""
    values = {"label": label[:200], "what": what, "differences": differences}
    Drift.objects.update_or_create(
        kind=kind, object_id=object_id, defaults=values, create_defaults=values | {"since": clock.now()}
    )


def label_of(*, spec: Spec) -> str:
    """Return how a thing is named to a person: an entry by both its sides."""
    if isinstance(spec, EntrySpec):
        person = Person.objects.filter(public_id=spec.person_id).first()
        client = Client.objects.filter(public_id=spec.client_id).first()
        return f"{person or spec.person_id} → {client or spec.client_id}"
    return cast(str, getattr(spec, "name", "")) or spec.id


def difference_of(*, ours: Spec, theirs: Spec, names: Sequence[str]) -> dict[str, Any]:
    """Return how fields read here and there."""
    return {name: seen(ours, theirs, name) for name in names}


def _forget_secret(client_id: str, handed: str) -> None:
    row = SecretToHand.objects.select_for_update().filter(client__public_id=client_id).first()
    if row is not None and handed and keys.unlock(row.locked_secret) == handed:
        row.delete()
