# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where people sign in, as the host chose it (``ARCHIPEL_SIGN_ON``), and what should be there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache

from allauth.account.models import EmailAddress
from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils import translation
from django.utils.crypto import salted_hmac
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from archipel.host import queries as host
from archipel.identity.models import Client, ClientKind, Entry, Person, SecretToHand, Subject
from archipel.identity.ports import (
    ClientSpec,
    EntrySpec,
    GroupSpec,
    PersonSpec,
    RealmSpec,
    SignInElsewhere,
    SignOn,
    Spec,
)
from archipel.kernel import keys

# What a change made there is given through, once somebody adopted it.
ADOPTED = "sign-on:adopted"
REALM = "realm"
GroupsOfPeople = Callable[..., dict[str, list[tuple[str, str]]]]


@lru_cache(maxsize=1)
def sign_on() -> SignOn | None:
    """Return what people sign in at; None when it is Archipel: then the rows themselves decide, nothing is pushed.

    Only the worker calls it: the web process has not got the credentials.
    """
    build: Callable[[], SignOn | None] = import_string(settings.SIGN_ON)
    return build()


@lru_cache(maxsize=1)
def sign_in_elsewhere() -> SignInElsewhere | None:
    """Return how Archipel's own people sign in; None: with its own passphrases."""
    build: Callable[[], SignInElsewhere | None] = import_string(settings.SIGN_IN_ELSEWHERE)
    return build()


def own_secret() -> str:
    """Return the secret Archipel shows as an application there: made of its own key, so that none is to be set."""
    return salted_hmac("identity.sign-in-elsewhere", "client secret", algorithm="sha256").hexdigest()


def expected(kind: str, id: str) -> Spec | None:
    """Return what should be there of one thing, None when it should not be."""
    match kind:
        case "realm":
            return _realm()
        case "group":
            return _groups().get(id)
        case "person":
            return next(_persons(_known().filter(public_id=id), [id]), None)
        case "client":
            return next((_client(row) for row in Client.objects.filter(public_id=id)), None)
        case _:
            client_id, _slash, person_id = id.partition("/")
            rows = _entry_rows().filter(client__public_id=client_id, person__public_id=person_id)
            return next(_entries(rows), None)


def all_expected() -> Iterator[Spec]:
    """Give everything that should be there, what others need first."""
    yield _realm()
    yield from _groups().values()
    yield from _persons(_known())
    yield from (_client(row) for row in Client.objects.order_by("pk"))
    yield from _entries(_entry_rows())


def _realm() -> RealmSpec:
    portal = host.current().portal_url
    return RealmSpec(
        REALM,
        return_url=portal + reverse("account-elsewhere-return"),
        logout_url=portal + reverse("account-elsewhere-ended"),
        home_url=f"{portal}/",
        secret=own_secret(),
    )


def _known() -> QuerySet[Person]:
    """Return the people who proved to read their main address: nobody else is made known there."""
    proved = EmailAddress.objects.filter(user=OuterRef("pk"), email__iexact=OuterRef("email"), verified=True)
    return Person.objects.filter(Exists(proved), merged_into=None, forgotten_at=None).order_by("pk")


def _persons(rows: QuerySet[Person], ids: list[str] | None = None) -> Iterator[PersonSpec]:
    groups, needing = _memberships(ids), _needing(ids)
    for row in rows.iterator(chunk_size=500):
        yield PersonSpec(
            row.public_id,
            name=row.name,
            email=row.email,
            language=row.language,
            enabled=row.is_active,
            groups=frozenset(id for id, _name in groups.get(row.public_id, ())),
            passphrase_hash=row.password if row.has_usable_password() else "",
            needs_second_factor=row.public_id in needing,
        )


def _memberships(people: list[str] | None) -> dict[str, list[tuple[str, str]]]:
    ask: GroupsOfPeople = import_string(settings.GROUPS_OF_PEOPLE)
    return ask(people)


def _needing(people: list[str] | None) -> set[str]:
    ask: Callable[..., set[str]] = import_string(settings.SECOND_FACTOR_NEEDED)
    return ask(people)


def _groups() -> dict[str, GroupSpec]:
    return {id: GroupSpec(id, name) for groups in _memberships(None).values() for id, name in groups}


def _client(row: Client) -> ClientSpec:
    waiting = SecretToHand.objects.filter(client=row).first()
    return ClientSpec(
        row.public_id,
        name=row.name,
        confidential=row.kind == ClientKind.CONFIDENTIAL,
        enabled=row.closed_at is None,
        home_url=row.home_url,
        redirect_uris=frozenset(row.redirect_uris),
        post_logout_redirect_uris=frozenset(row.post_logout_redirect_uris),
        backchannel_logout_uri=row.backchannel_logout_uri,
        proof_key=not row.pkce_exemption,
        signs_in_itself=row.signs_in_itself,
        refreshes=row.refreshes,
        pairwise=row.subject == Subject.PAIRWISE,
        groups="groups" in row.claims,
        refusals=tuple(_refusal(language, row) for language, _name in settings.LANGUAGES),
        secret=keys.unlock(waiting.locked_secret) if waiting else "",
    )


def _refusal(language: str, row: Client) -> tuple[str, str]:
    here = host.current()
    with translation.override(language):
        sentence = _(
            "Your account is known, but it does not give access to %(application)s. Whoever represents your organisation "
            "here can give it to you; if you do not know who that is, write to %(host)s: %(address)s."
        )
        said = {"application": row.name, "host": here.name, "address": here.contact_address}
        return language, sentence % said


def _entry_rows() -> QuerySet[Entry]:
    rows = Entry.objects.select_related("client", "person").filter(client__closed_at=None)
    return rows.filter(person__in=_known().order_by()).order_by("client_id", "person_id", "pk")


def _entries(rows: QuerySet[Entry]) -> Iterator[EntrySpec]:
    """Give one entry for each person at each client: what several things give adds up."""
    found: dict[tuple[str, str], set[str]] = {}
    for row in rows:
        found.setdefault((row.client.public_id, row.person.public_id), set()).update(row.roles)
    for (client_id, person_id), roles in found.items():
        yield EntrySpec(client_id, person_id, frozenset(roles))
