# SPDX-License-Identifier: AGPL-3.0-or-later
"""The minimum of each thing, written straight into the tables: tests of operations do not depend on other operations."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Sequence
from datetime import date, timedelta
from functools import cache
from io import BytesIO
from typing import Any

from allauth.account.models import EmailAddress
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import transaction
from jwt.algorithms import RSAAlgorithm

from archipel.admissions import operations as admissions
from archipel.admissions.models import Request
from archipel.admissions.operations.confirmations import receive
from archipel.agreements.models import Agreement, Line
from archipel.catalogue.models import Maintainer, Offer, Service, Terms, Tier
from archipel.history.models import Entry
from archipel.host import queries as host_queries
from archipel.host.models import Host, Parameter, Text
from archipel.identity import signing
from archipel.identity.models import AccountName, Client, Drift, Person, SigningKey
from archipel.kernel import clock, keys
from archipel.kernel.references import digest, new_public_id, new_token
from archipel.machines.models import BackupPlace, Machine, Site
from archipel.organisations.models import (
    Batch,
    BatchEffect,
    BatchFile,
    BatchProblem,
    DeclaredService,
    Membership,
    Organisation,
    Town,
)
from archipel.organisations.towns import town_key
from archipel.spaces import operations as spaces
from archipel.spaces.models import Address, LastCopy, Space
from archipel.spaces.operations.entries import entries_follow
from archipel.spaces.ports import SpaceSpec
from archipel.spaces.wiring import connector_of

PASSPHRASE = "quatre bateaux bleus au port"


def host(**changes: Any) -> Host:
    values = {
        "name": "L’Escale",
        "postal_address": "12, quai des Sternes\n29900 Concarneau",
        "contact_address": "bonjour@lescale.example",
        "portal_url": "http://testserver",
        "sites_domain": "pages.example",
        "languages": ["fr", "en"],
        "sender_name": "L’Escale",
        "sender_address": "bonjour@lescale.example",
        "set_up_at": clock.now(),
    } | changes
    row, _ = Host.objects.update_or_create(pk=1, defaults=values)
    host_queries.forget_remembered()
    second_factor_for()
    return row


def second_factor_for(*roles: str) -> None:
    """Say which roles need a second factor from now on; nobody, in most tests."""
    Parameter.objects.update_or_create(
        key="second_factor_roles", since=date(2020, 1, 1), defaults={"value": list(roles)}
    )


def person(name: str = "Dominique Roux", email: str = "dominique@example.org", **changes: Any) -> Person:
    row = Person(name=name, email=email, created_at=clock.now(), **changes)
    row.set_password(PASSPHRASE)
    row.save()
    EmailAddress.objects.create(user=row, email=email, verified=True, primary=True)
    return row


def address(who: Person, email: str, verified: bool = True) -> EmailAddress:
    """One more address of a person."""
    return EmailAddress.objects.create(user=who, email=email, verified=verified, primary=False)


def client(name: str = "Nuage", **changes: Any) -> Client:
    """An application that people sign in to."""
    values = {"redirect_uris": ["https://nuage.example/callback"], "scopes": ["openid", "profile", "email"]} | changes
    return Client.objects.create(name=name, created_at=clock.now(), **values)


@cache
def _key_material() -> dict[str, Any]:
    """One key for all tests of a process: making and opening one takes long."""
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    jwk = json.loads(RSAAlgorithm.to_jwk(private.public_key()))
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    public = {name: jwk[name] for name in ("kty", "n", "e")}
    return {"key_id": new_public_id(), "locked_private": keys.lock(pem), "public_jwk": public}


def drift(who: Person, **changes: Any) -> Drift:
    """A name that somebody changed where people sign in."""
    values = {"kind": "person", "object_id": who.public_id, "label": who.name, "what": "different"}
    values |= {"differences": {"name": {"here": who.name, "there": "Robert"}}, "since": clock.now()}
    return Drift.objects.create(**(values | changes))


def signing_key(**changes: Any) -> SigningKey:
    """The key that signs, as if it had for an hour."""
    since = clock.now() - timedelta(hours=1)
    row = SigningKey.objects.create(**(_key_material() | {"created_at": since, "signs_from": since} | changes))
    signing.forget_remembered()
    return row


def batch(who: Person | None = None, state: str = "ready", **changes: Any) -> Batch:
    """An import that was read: one file, one line left out, one thing that would stay when it is undone."""
    now = clock.now()
    values = {
        "records": 3,
        "summary": {"counts": {"person.created": 3}, "hashes": {"wrapped": 1}},
        "purge_on": now.date(),
    }
    row = Batch.objects.create(state=state, state_since=now, created_at=now, started_by=who, **{**values, **changes})
    BatchFile.objects.create(
        batch=row, name="people.csv", size=120, format="csv_person", encoding="utf-8", separator=";"
    )
    BatchProblem.objects.create(batch=row, file="people.csv", line=4, column="email", code="invalid_address")
    if who:
        BatchEffect.objects.create(batch=row, kind="person", object_id=who.pk, how="created", kept_because="signed_in")
    return row


def account_name(who: Person, application: str = "nextcloud", user_name: str = "") -> AccountName:
    """The user name a person has in an application of the former software."""
    name = user_name or who.public_id
    return AccountName.objects.create(person=who, application=application, user_name=name, created_at=clock.now())


def organisation(
    name: str = "Le Lavoir", referent: Person | None = None, members: Sequence[Person] = (), **changes: Any
) -> Organisation:
    row = Organisation.objects.create(name=name, created_at=clock.now(), **{"kind": "collective", **changes})
    if referent:
        role(row, referent, "referent")
    for member in members:
        role(row, member, "member")
    return row


def town(name: str = "Concarneau", code: str = "29039", postcodes: str = "29900", **changes: Any) -> Town:
    values = {"department": code[:2], "region": "53", "population": 20845} | changes
    return Town.objects.create(code=code, name=name, search_name=town_key(name), postcodes=postcodes, **values)


def last_entry() -> Entry:
    """The latest entry of history."""
    return Entry.objects.latest("pk")


def role(where: Organisation, who: Person, what: str) -> Membership:
    return Membership.objects.create(organisation=where, person=who, role=what, since=clock.now())


def host_organisation() -> Organisation:
    if not Parameter.objects.filter(key="second_factor_roles").exists():
        second_factor_for()
    return Organisation.objects.filter(kind="host").first() or organisation(name="L’Escale", kind="host")


def host_person(name: str = "Yann Le Goff", email: str = "yann@lescale.example", roles: Sequence[str] = ()) -> Person:
    row = person(name=name, email=email)
    for what in roles:
        role(host_organisation(), row, what)
    return row


def service(slug: str = "site", name: str = "Site", state: str = "considered", **changes: Any) -> Service:
    """A service on request, with its French name; ``state="open"`` brings the support address it needs."""
    values: dict[str, Any] = {"access": "request", "software": "Archipel", "counted": "bytes"} | changes
    if state == "open":
        values.setdefault("support_address", "aide@lescale.example")
    row = Service.objects.create(slug=slug, state=state, **values)
    Text.objects.create(key=f"service/{slug}/name", language="fr", body=name)
    return row


def maintained(row: Service, *people: Person) -> Service:
    Maintainer.objects.bulk_create([Maintainer(service=row, person=who) for who in people])
    return row


def offer(
    row: Service, since: date | None = None, membership_required: bool = True, tiers: Sequence[Tier] = ()
) -> Offer:
    """An offer in force since the new year, with one tier of 5 GB at 60 € unless ``tiers`` (unsaved) say otherwise."""
    first_day = since or date(clock.today().year, 1, 1)
    made = Offer.objects.create(service=row, since=first_day, membership_required=membership_required)
    for position, size in enumerate(tiers or [yearly_tier()]):
        size.offer, size.position = made, position
        size.save()
    return made


def yearly_tier(amount: int | None = 5 * 10**9, cents: int = 6000, **changes: Any) -> Tier:
    """An unsaved tier with every level."""
    values = {"reduced_cents": cents // 2, "sustaining_cents": cents * 3 // 2, "free_level": True} | changes
    return Tier(amount=amount, pricing="yearly", full_cents=cents, **values)


def tier(row: Service, **changes: Any) -> Tier:
    """The only tier of a new offer of a service."""
    return offer(row, tiers=[yearly_tier(**changes)]).tiers.select_related("offer__service").get()


def terms(row: Service | None = None, since: date | None = None, **changes: Any) -> Terms:
    values = {"binding_language": "fr", "bodies": {"fr": "Nous hébergeons, vous publiez."}} | changes
    return Terms.objects.create(service=row, since=since or date(clock.today().year, 1, 1), **values)


def agreement(
    where: Organisation,
    row: Service,
    state: str = "proposed",
    lines: Sequence[tuple[str, int]] = (("service", 6000),),
    **changes: Any,
) -> Agreement:
    """An agreement with lines (kind, cents); ``token=`` gives the secret of its link."""
    token = changes.pop("token", None) or new_token()
    values = {
        "organisation": where, "service": row, "about_kind": "request", "about_id": new_token()[:14],
        "referent_email": "alice@trois-ponts.example", "referent_name": "Alice Martin",
        "proposed_at": clock.now(), "token_digest": digest(token),
    } | changes  # fmt: skip
    if state in ("agreed", "ended"):
        values = {"agreed_at": clock.now(), "starts_on": clock.today()} | values
    made = Agreement.objects.create(state="proposed", **values)
    for position, (kind, cents) in enumerate(lines):
        labels = {"fr": f"Ligne {kind}", "en": f"Line {kind}"}
        Line.objects.create(agreement=made, position=position, kind=kind, cents=cents, labels=labels, level="full")
    Agreement.objects.filter(pk=made.pk).update(state=state)
    made.refresh_from_db()
    return made


def website_service(slug: str = "sites", **changes: Any) -> Service:
    """A service whose spaces are websites."""
    found = Service.objects.filter(slug=slug).first()
    return found or service(slug, name="Site web", state="open", **{"connector": "websites", "icon": "site"} | changes)


def space(where: Organisation, label: str = "trois-ponts", **changes: Any) -> Space:
    """An open website of 5 GB at its address, known to the database only; ``open_site`` tells the connector too."""
    values: dict[str, Any] = {
        "service": changes.pop("service", None) or website_service(),
        "title": "Site des Trois-Ponts",
        "connector": "websites",
        "state": "open",
        "quota_bytes": 5 * 10**9,
        "created_at": clock.now(),
        "opened_at": clock.now(),
    } | changes
    row = Space.objects.create(organisation=where, **values)
    if label:
        Address.objects.create(name=f"{label}.{host_queries.current().sites_domain}", space=row)
    return row


def open_site(where: Organisation, label: str = "trois-ponts", **changes: Any) -> Space:
    """An open website that its connector knows, showing its first page."""
    row = space(where, label, **changes)
    spec = SpaceSpec(row.public_id, row.address.name, row.title, row.language, row.quota_bytes)
    connector_of(row).open(spec)
    return row


def site(name: str = "Concarneau", **changes: Any) -> Site:
    """A place where machines stand, in France."""
    return Site.objects.create(name=name, **{"country": "FR", **changes})


def machine(name: str = "sterne", **changes: Any) -> Machine:
    """A machine of the engine that answers, with 16 GB of memory, ours, its place not said."""
    now = clock.now()
    values = {
        "node_id": f"node-{name}", "availability": "active", "memory_bytes": 16 * 10**9, "cpus": 4, "manager": True,
        "address": "192.0.2.1", "seen_at": now, "created_at": now, "labels_pushed": {"ownership": "ours"},
    } | changes  # fmt: skip
    return Machine.objects.create(name=name, **values)


def last_copy(what: Space, place: str = "Copies", where: Site | None = None, **changes: Any) -> LastCopy:
    """What a place of back-ups last kept of a space: a copy of now, never tried."""
    now = clock.now()
    kept, _made = BackupPlace.objects.get_or_create(
        name=place, defaults={"kind": "folder", "location": f"/copies/{place}", "site": where, "locked_passphrase": "x", "created_at": now}
    )  # fmt: skip
    return LastCopy.objects.create(space=what, place=kept, **{"fresh_at": now, "taken_at": now, **changes})


def declared_service(where: Organisation, name: str = "Boutique", **changes: Any) -> DeclaredService:
    """A service of an organisation at another host, confirmed today."""
    values = {"run_by": "Un autre hébergeur", "confirmed_on": clock.today(), "created_at": clock.now()} | changes
    return DeclaredService.objects.create(organisation=where, name=name, **values)


def blog_service(slug: str = "blogs", **changes: Any) -> Service:
    """A service whose spaces are blogs in containers (``tests/spaces/containers.py``)."""
    found = Service.objects.filter(slug=slug).first()
    return found or service(slug, name="Blog", state="open", **{"connector": "blogs", "icon": "site"} | changes)


def open_blog(where: Organisation, label: str = "blog-des-ponts", **changes: Any) -> Space:
    """An open blog whose containers run, with its client, its secrets, and its people let in."""
    values = {"service": blog_service(), "title": "Blog des Trois-Ponts", "connector": "blogs"} | changes
    row = space(where, label, **values)
    spaces.make_secrets(space=row)
    spaces.register_client_of(space=row)
    row = Space.objects.select_related("organisation", "service", "client", "machine", "address").get(pk=row.pk)
    spaces.put_space(space=row)
    spaces.push_people_of(space=row)
    with transaction.atomic():
        entries_follow(organisation=where)
    return row


def zip_of(files: dict[str, bytes] | None = None) -> BytesIO:
    """A zip in memory, at its beginning."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for path, content in (files or {"index.html": b"<h1>Bonjour</h1>"}).items():
            archive.writestr(path, content)
    made.seek(0)
    return made


# What somebody types in the form of a website: a collective that nobody knows yet.
TYPED = {
    "who": "organisation",
    "organisation_name": "Les Jardins du Ponant",
    "organisation_kind": "collective",
    "town_text": "",
    "person_name": "Denise Le Bris",
    "email": "denise@jardinsduponant.example",
    "price_level": "full",
    "wished_address": "jardins-du-ponant",
    "message": "Deux jardins et une petite serre.",
}


def draft(row: Service, typed: dict[str, Any] | None = None, **more: Any) -> Request:
    """A draft with everything typed, nothing sent."""
    now = clock.now()
    kept = {**TYPED, **(typed or {}), **more}
    return Request.objects.create(
        service=row, state="draft", since=now, created_at=now, saved_at=now, draft=kept, language="fr"
    )


def received(row: Service, typed: dict[str, Any] | None = None, **more: Any) -> Request:
    """A request that went all the way to a confirmed address, by the operations themselves."""
    with transaction.atomic():
        sent = admissions.submit(request=draft(row, typed, **more))
        return receive(request=sent)


def bare_request(row: Service, number: int, state: str = "submitted", **changes: Any) -> Request:
    """A row that was sent, for lists and counts; nothing else exists around it."""
    now = clock.now()
    values = {
        "organisation_name": f"Organisation {number}",
        "organisation_kind": "collective",
        "person_name": f"Personne {number}",
        "email": f"personne{number}@example.org",
        "reference": f"D-2026-{number:04d}",
        "submitted_at": now,
        "since": now,
        "created_at": now,
        "saved_at": now,
    } | changes
    return Request.objects.create(service=row, state=state, **values)
