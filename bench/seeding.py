# SPDX-License-Identifier: AGPL-3.0-or-later
"""Rows written in bulk: what the operations would have written, thousands at a time.

Everything is drawn from one seed, so that two runs measure the same house.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any, TypeVar

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db.models import Model

from archipel.admissions.models import Request
from archipel.agreements.models import Agreement, Line
from archipel.catalogue.models import Service
from archipel.conversations.models import Conversation, Message, Participant
from archipel.identity.folding import fold
from archipel.identity.models import Person, PersonWord
from archipel.kernel import clock
from archipel.kernel.references import ALPHABET, digest
from archipel.organisations.models import Membership, Organisation, OrganisationWord, Town

AT_ONCE = 2000
FIRST = ["Alix", "Bachir", "Camille", "Denise", "Élodie", "Fatou", "Gaël", "Hoa", "Ibrahim", "Jeanne", "Katell", "Loïc"]
LAST = ["Abgrall", "Benali", "Cariou", "Diallo", "Evano", "Floc’h", "Guéguen", "Hascoët", "Izard", "Jaouen", "Kerbrat"]
THINGS = ["Atelier", "Épicerie", "Jardin", "Fanfare", "Radio", "Chorale", "Ressourcerie", "Cantine", "Ciné-club"]
PLACES = ["des Halles", "du Port", "des Trois-Ponts", "de la Gare", "du Moulin", "des Dunes", "du Lavoir", "du Bourg"]
DECISIONS = {"accepted": "accept", "question": "ask", "waiting": "waiting"}
KINDS = ["association", "association", "association", "collective", "collective", "union", "cooperative", "public_body"]

M = TypeVar("M", bound=Model)
chance = random.Random(1627)


def public_id() -> str:
    """Return an id of the shape of the real ones, from the seed."""
    return "".join(chance.choices(ALPHABET, k=14))


def write(model: type[M], rows: Iterable[M]) -> list[M]:
    """Write rows in batches, in the caller's transaction, and return them with their keys."""
    waiting: Iterator[M] = iter(rows)
    written: list[M] = []
    while batch := list(islice(waiting, AT_ONCE)):
        written += model._default_manager.bulk_create(batch)
    return written


def organisations(count: int) -> list[Organisation]:
    """Write organisations of every kind, each in a town."""
    towns = list(Town.objects.order_by("-population")[:500])
    rows = write(Organisation, (_organisation(number, chance.choice(towns)) for number in range(count)))
    write(OrganisationWord, (word for row in rows for word in row.words()))
    return rows


def _organisation(number: int, town: Town) -> Organisation:
    kind = chance.choice(KINDS)
    row = Organisation(
        public_id=public_id(),
        name=f"{chance.choice(THINGS)} {chance.choice(PLACES)} {number:05}",
        kind=kind,
        rna=f"W{number:09d}" if kind == "association" else "",
        founded_year=1950 + number % 70,
        fields_of_action=["culture"],
        town=town,
        created_at=_some_time_ago(),
    )
    row.search_text = row.folded()
    return row


def people(count: int, first: int = 0) -> list[Person]:
    """Write persons who have confirmed their address."""
    never = make_password(None)
    persons = write(Person, (_person(number, never) for number in range(first, first + count)))
    write(PersonWord, (word for one in persons for word in one.words()))
    write(EmailAddress, (EmailAddress(user=one, email=one.email, verified=True, primary=True) for one in persons))
    return persons


def _person(number: int, password: str) -> Person:
    name, email = f"{chance.choice(FIRST)} {chance.choice(LAST)}", f"personne-{number:06}@bench.example"
    return Person(
        public_id=public_id(), name=name, email=email, search_text=fold(f"{name} {email}"), password=password,
        created_at=_some_time_ago(),
    )  # fmt: skip


def roles(where: list[Organisation], who: list[Person]) -> None:
    """Give every person a role, so that each organisation has one referent, one treasurer and members."""
    each = len(who) // len(where)
    now = clock.now()

    def rows() -> Iterator[Membership]:
        for place, person in enumerate(who):
            role = {0: "referent", 1: "treasurer"}.get(place % each, "member")
            yield Membership(organisation=where[place // each], person=person, role=role, since=now)

    write(Membership, rows())


def requests(service: Service, by: list[tuple[Organisation, Person]], states: list[str], label: str) -> list[Request]:
    """Write one request by each organisation, in these states in turn."""
    offer = service.offers.latest("since")
    tier = offer.tiers.order_by("position").first()
    submitted = clock.now() - timedelta(days=20)

    def row(number: int, organisation: Organisation, person: Person) -> Request:
        at = submitted + timedelta(minutes=number)
        state = states[number % len(states)]
        return Request(
            public_id=public_id(), reference=f"B-{label}-{number}", service=service, state=state, since=at, saved_at=at,
            organisation_name=organisation.name, organisation_kind=organisation.kind, rna=organisation.rna,
            fields_of_action=["culture"], town=organisation.town, person_name=person.name, email=person.email, tier=tier,
            price_level="full", wished_address=f"{label}-{number}", message="Nous voudrions un site.", person=person,
            organisation=organisation, created_at=at, submitted_at=at, version=int(state == "accepted"), decision=DECISIONS.get(state, ""),
            decided_at=at if state in {"accepted", "open"} else None,
        )  # fmt: skip

    return write(Request, (row(number, *pair) for number, pair in enumerate(by)))


def conversations(about: list[Request], *, messages: int) -> None:
    """Write the conversation of each request: its asker takes part and has written."""
    now = clock.now()
    threads = write(Conversation, (_conversation(request, now) for request in about))
    write(
        Participant,
        (
            Participant(
                conversation=thread, email=request.email, name=request.person_name, person=request.person, side="them",
                token_digest=digest(f"bench {request.public_id}"), locked_token="bench",
            )
            for thread, request in zip(threads, about, strict=True)
        ),
    )  # fmt: skip
    write(
        Message,
        (
            Message(
                public_id=public_id(), conversation=thread, kind="message", side="them", author=request.person,
                author_name=request.person_name, author_email=request.email, body=f"Message {number}", written_at=now,
            )
            for thread, request in zip(threads, about, strict=True)
            for number in range(messages)
        ),
    )  # fmt: skip


def _conversation(request: Request, now: datetime) -> Conversation:
    return Conversation(
        public_id=public_id(), about_kind="request", about_id=request.public_id, subject=str(request.reference),
        organisation=request.organisation, opened_at=now, last_message_at=now,
    )  # fmt: skip


def agreements(about: list[Request], *, agreed: bool) -> list[Agreement]:
    """Write what each request's referent is proposed, or has agreed to."""
    terms = {request.service.pk: request.service.terms.latest("since") for request in about[:1]}
    rows = write(Agreement, (_agreement(request, terms[request.service.pk], agreed) for request in about))
    for request, agreement in zip(about, rows, strict=True):
        request.agreement = agreement
    Request.objects.bulk_update(about, ["agreement"], batch_size=AT_ONCE // 4)
    labels = {"fr": "Site, 5 Go", "en": "Website, 5 GB"}
    write(
        Line,
        (
            Line(agreement=agreement, position=1, kind="service", labels=labels, cents=6000, level="full", full_cents=6000)
            for agreement in rows
        ),
    )  # fmt: skip
    return rows


def _agreement(request: Request, terms: Any, agreed: bool) -> Agreement:
    return Agreement(
        public_id=public_id(), organisation=request.organisation, service=request.service, tier=request.tier, terms=terms,
        about_kind="request", about_id=request.public_id, referent_email=request.email,
        referent_name=request.person_name, state="agreed" if agreed else "proposed",
        token_digest=digest(f"agreement {request.public_id}"), proposed_at=request.submitted_at,
        agreed_at=request.submitted_at if agreed else None, agreed_by=request.person if agreed else None,
        starts_on=clock.today() if agreed else None,
    )  # fmt: skip


def _some_time_ago() -> datetime:
    return clock.now() - timedelta(days=chance.uniform(30, 900))
