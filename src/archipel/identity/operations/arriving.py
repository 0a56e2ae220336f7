# SPDX-License-Identifier: AGPL-3.0-or-later
"""Persons who come from other software, many at a time: adopted where they are known, made where they are not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import ProtectedError

from archipel.history import operations as history
from archipel.identity.arrivals import Arrival, Known, known_of
from archipel.identity.folding import fold
from archipel.identity.languages import known_language
from archipel.identity.models import AccountName, Person, PersonWord
from archipel.identity.naming import named
from archipel.identity.operations.pushing import push_later
from archipel.kernel import clock
from archipel.kernel.references import digest

NAME_LENGTH = 120


@dataclass
class Arrived:
    """What became of an arrival (``Known.verdict``).

    ``undo`` is JSON-ready: what ``take_back_arrival`` needs.
    """

    how: str
    person: Person | None = None
    undo: dict[str, Any] = field(default_factory=dict)


def receive_arrivals(*, arrivals: Sequence[Arrival]) -> list[Arrived]:
    """Let persons in, in one transaction, and return what became of each, in order (see ``Known.verdict``).

    Repeatable: who is there is adopted. Somebody who is known keeps name and passphrase, and gets one only where they
    had none; an address claimed here without proof falls to an arrival that has one.
    """
    with transaction.atomic():
        known = known_of([arrival.email for arrival in arrivals], lock=True)
        done = [_one(arrival, known) for arrival in arrivals]
        both = list(zip(done, arrivals, strict=True))
        _write([(row.person, arrival) for row, arrival in both if row.how == "created" and row.person])
        for arrived, arrival in both:
            if arrived.person is not None and arrival.other_emails:
                _other_addresses(arrived.person, arrived, arrival)
        for arrived in done:
            if arrived.person is not None:
                push_later(kind="person", object_id=arrived.person.public_id)
    return done


def _one(arrival: Arrival, known: Known) -> Arrived:
    how, person = known.verdict(arrival.email, arrival.confirmed)
    if how in ("unproved", "closed"):
        return Arrived(how)
    if person is None:
        return _new(arrival, known)
    if person.pk is None:  # the second line of one person
        return Arrived("adopted", person)
    if arrival.email in known.confirmed:
        return _adopt(person, arrival)
    return _take_over(person, arrival, how)


def _new(arrival: Arrival, known: Known) -> Arrived:
    person = Person(
        email=arrival.email,
        name=arrival.name[:NAME_LENGTH] or arrival.email,
        language=known_language(arrival.language),
        password=_passphrase(arrival) or make_password(None),
        created_at=clock.now(),
    )
    person.search_text = fold(f"{person.name} {person.email}")[:400]
    known.claimed[arrival.email] = person
    return Arrived("created", person, {"passphrase": digest(person.password)})


def _passphrase(arrival: Arrival) -> str:
    return arrival.passphrase if arrival.confirmed else ""


def _adopt(person: Person, arrival: Arrival) -> Arrived:
    if not _passphrase(arrival) or person.has_usable_password():
        return Arrived("adopted", person)
    person.password = arrival.passphrase
    person.save(update_fields=["password"])
    return Arrived("adopted", person, {"passphrase": digest(person.password)})


def _take_over(person: Person, arrival: Arrival, how: str) -> Arrived:
    """Void what somebody without proof set up with the address, and give it to the arrival if that has proof."""
    passphrase = _passphrase(arrival)
    undo = {}
    if passphrase or how == "taken_over":
        person.name = arrival.name[:NAME_LENGTH] or person.name
        person.password = passphrase or make_password(None)
        person.save(update_fields=["name", "password"])
        undo = {"passphrase": digest(person.password)}
        history.record(what="identity.person_imported", about=named(person), visible="host")
    if arrival.confirmed:
        EmailAddress.objects.filter(email=arrival.email).exclude(user=person).delete()
        EmailAddress.objects.update_or_create(
            user=person, email=arrival.email, defaults={"verified": True, "primary": True}
        )
    return Arrived(how, person, undo)


def _write(fresh: Sequence[tuple[Person, Arrival]]) -> None:
    persons = Person.objects.bulk_create([person for person, _arrival in fresh])
    PersonWord.objects.bulk_create([word for person in persons for word in person.words()])
    proved = [arrival.email for _person, arrival in fresh if arrival.confirmed]
    # Claims that others made and never proved fall, as when a reader confirms an address.
    EmailAddress.objects.filter(email__in=proved, verified=False).delete()
    EmailAddress.objects.bulk_create(
        EmailAddress(user=person, email=person.email, verified=arrival.confirmed, primary=True)
        for person, arrival in fresh
    )
    about = [named(person) for person in persons]
    history.record_all(what=["identity.person_imported"] * len(about), about=about, visible="host")


def _other_addresses(person: Person, arrived: Arrived, arrival: Arrival) -> None:
    """Add the addresses nobody has confirmed; another person's stays theirs."""
    added = []
    for email in arrival.other_emails:
        held = EmailAddress.objects.filter(email=email)
        if held.filter(verified=True).exists() or held.filter(user=person).exists():
            continue
        if Person.objects.filter(email__iexact=email).exclude(pk=person.pk).exists():
            continue
        row = EmailAddress.objects.create(user=person, email=email, verified=arrival.confirmed, primary=False)
        added.append(row.pk)
    if added:
        arrived.undo["addresses"] = added


def take_back_arrival(*, person: Person, how: str, undo: dict[str, Any]) -> str:
    """Undo an arrival and return "", or why it stays: ``signed_in``, ``changed`` or ``used``. Repeatable."""
    with transaction.atomic():
        row = Person.objects.select_for_update().filter(pk=person.pk).first()
        if row is None or row.forgotten_at:
            return ""
        if how == "created":
            return _take_back_created(row, undo)
        EmailAddress.objects.filter(pk__in=undo.get("addresses", []), user=row, primary=False).delete()
        given = undo.get("passphrase")
        if given and row.last_login and digest(row.password) != given:
            return "signed_in"
        if given and digest(row.password) == given:
            row.set_unusable_password()
            row.save(update_fields=["password"])
    return ""


def _take_back_created(row: Person, undo: dict[str, Any]) -> str:
    if row.last_login:
        return "signed_in"
    if row.merged_into_id or digest(row.password) != undo.get("passphrase"):
        return "changed"
    try:
        with transaction.atomic():
            AccountName.objects.filter(person=row).delete()
            about = named(row)
            row.delete()
            history.record(what="identity.person_taken_back", about=about, visible="host")
    except ProtectedError:
        return "used"
    return ""
