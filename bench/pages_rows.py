# SPDX-License-Identifier: AGPL-3.0-or-later
"""A house of 100 organisations, or many times that, and who looks at its pages."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db import connection, transaction

from archipel.admissions.models import Request
from archipel.agreements.models import Agreement
from archipel.catalogue.models import Service
from archipel.identity.models import Person
from archipel.identity.sessions import SessionStore
from archipel.kernel import clock
from archipel.organisations.models import Membership, Organisation
from archipel.outbox.database_clock import stored
from archipel.spaces.addresses import full_name
from archipel.spaces.models import Address, Space
from bench import seeding

ORGANISATIONS, PEOPLE_EACH, OPEN_REQUESTS, HISTORY_EACH = 100, 10, 20, 100
# How many different organisations, spaces and requests pages are asked for: as many in a large house as in a small one.
SUBJECTS = 20
MARK = "bench-seeded"


def seed(data: Path, scale: int) -> None:
    """Write the house unless this folder has it already, then sign in who will look at its pages."""
    mark = data / MARK
    if not mark.exists():
        _house(scale)
        mark.write_text(f"{settings.PORT}\n")
    (data / "bench.json").write_text(json.dumps(_subjects()))


def _house(scale: int) -> None:
    site = Service.objects.get(slug="site")
    with transaction.atomic():
        organisations = seeding.organisations(ORGANISATIONS * scale)
        people = seeding.people(ORGANISATIONS * PEOPLE_EACH * scale)
        seeding.roles(organisations, people)
        pairs = list(zip(organisations, people[::PEOPLE_EACH], strict=True))
        served = seeding.requests(site, pairs, ["accepted"], "site")
        _spaces(seeding.agreements(served, agreed=True), served)
        # All to be decided, so that a list of 20 is as long in the small house as in the large one.
        to_decide = ["submitted", "in_review"]
        asking = seeding.requests(site, pairs[: OPEN_REQUESTS * scale], to_decide, "autre")
        seeding.conversations(asking, messages=3)
        _history(organisations, people)


def _spaces(agreed: list[Agreement], served: list[Request]) -> None:
    def space(request: Request, agreement: Agreement) -> Space:
        return Space(
            public_id=seeding.public_id(),
            organisation=request.organisation,
            service=request.service,
            agreement=agreement,
            title=request.organisation_name,
            connector="websites",
            state="open",
            quota_bytes=5 * 10**9,
            created_at=request.since,
            opened_at=request.since,
        )

    spaces = seeding.write(Space, (space(*pair) for pair in zip(served, agreed, strict=True)))
    names = (full_name(request.wished_address) for request in served)
    seeding.write(Address, (Address(name=name, space=one) for name, one in zip(names, spaces, strict=True)))
    for request, one in zip(served, spaces, strict=True):
        request.state, request.space = "open", one
    Request.objects.bulk_update(served, ["state", "space"], batch_size=500)


_ENTRY = """
INSERT INTO history_entry
    (at, what, organisation_id, actor_id, actor_label, about_kind, about_id, about_label, details, visible_to)
VALUES (%s, %s, %s, %s, %s, 'organisation', %s, %s, '{}', %s)
"""
WHATS = [
    ("role.given", "organisation"),
    ("space.opening", "organisation"),
    ("space.opened", "organisation"),
    ("procedure.resumed", "host"),
]


def _history(organisations: list[Organisation], people: list[Person]) -> None:
    count = HISTORY_EACH * len(organisations)
    since = clock.now() - timedelta(seconds=30) * count

    def rows() -> Iterator[tuple[Any, ...]]:
        for number in range(count):
            place = number % len(organisations)
            about, actor = organisations[place], people[place * PEOPLE_EACH]
            what, visible = WHATS[number // len(organisations) % len(WHATS)]
            at = stored(since + timedelta(seconds=30) * number)
            yield at, what, about.public_id, actor.public_id, actor.name, about.public_id, about.name, visible

    with connection.cursor() as cursor:
        cursor.executemany(_ENTRY, rows())


def _subjects() -> dict[str, list[str]]:
    """Sign in who looks at the pages, and choose what they look at."""
    asking = Request.objects.filter(reference__startswith="B-autre-").select_related("organisation", "person")
    chosen = list(asking.order_by("pk")[:SUBJECTS])
    where = [request.organisation for request in chosen]
    spaces = {space.organisation_id: space.public_id for space in Space.objects.filter(organisation__in=where)}
    staff = Membership.objects.filter(role="administrator").select_related("person").earliest("pk")
    return {
        "desk": [cookie_of(staff.person)],
        "referents": [cookie_of(request.person) for request in chosen],
        "persons": [request.person.public_id for request in chosen],
        "emails": [request.person.email for request in chosen],
        "requests": [request.public_id for request in chosen],
        "organisations": [request.organisation.public_id for request in chosen],
        "spaces": [spaces[request.organisation_id] for request in chosen],
        # Two words each: a search asks once for each word, whatever the house holds.
        "names": [" ".join(re.findall(r"\w+", request.organisation.name)[-2:]) for request in chosen],
    }


def cookie_of(person: Person) -> str:
    """Return the cookie of a new session."""
    session = SessionStore()
    session[SESSION_KEY] = str(person.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = person.get_session_auth_hash()
    session.save()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
