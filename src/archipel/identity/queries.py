# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote, urlsplit

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from archipel.host import queries as host
from archipel.identity import devices, merging
from archipel.identity.drifts import DriftPage, drift_lines, page_of_drift
from archipel.identity.models import (
    AccountName,
    ApiToken,
    Client,
    Consent,
    Drift,
    Entry,
    IssuedToken,
    Person,
    PersonWord,
    Session,
    SignIn,
    TokenKind,
)
from archipel.identity.ports import EntrySeen
from archipel.identity.scopes import APPLICATION_CLAIMS, APPLICATION_SCOPES
from archipel.identity.searching import Found, by_words, search
from archipel.identity.signing import issuer
from archipel.kernel import clock
from archipel.kernel.references import digest
from archipel.kernel.refusals import NotFound
from archipel.kernel.today import TodayLine


def person_by_public_id(public_id: str) -> Person | None:
    """Return a person, the kept one when two were merged."""
    person = Person.objects.select_related("merged_into").filter(public_id=public_id).first()
    while person is not None and person.merged_into is not None:
        person = person.merged_into
    return person


def person_by_email(email: str) -> Person | None:
    """Return the person who confirmed this address."""
    row = EmailAddress.objects.select_related("user").filter(email=email.strip().lower(), verified=True).first()
    return row.user if row else None


def addresses_of(person: Person) -> list[EmailAddress]:
    """Return the addresses of a person, the main one first."""
    return list(EmailAddress.objects.filter(user=person).order_by("-primary", "email"))


def confirmed_addresses_of(person: Person) -> list[str]:
    """Return the addresses a person has proved to read."""
    return list(EmailAddress.objects.filter(user=person, verified=True).values_list("email", flat=True))


def is_address_of(person: Person, column: str) -> Q:
    """Return the condition that a column holds one of a person's addresses, whatever its capitals; not one they only typed."""
    condition = Q()
    for address in sorted({*confirmed_addresses_of(person), person.email}):
        condition |= Q(**{f"{column}__iexact": address})
    return condition


@dataclass(frozen=True)
class TokenLine:
    """A token as its person sees it: ``state`` is living, expired or revoked."""

    token: ApiToken
    state: str


def tokens_of(person: Person) -> list[TokenLine]:
    """Return the tokens of a person, living ones first, newest first."""
    now = clock.now()
    lines = [TokenLine(token, _state(token, now)) for token in ApiToken.objects.filter(person=person).order_by("-pk")]
    return sorted(lines, key=lambda line: line.state != "living")


def _state(token: ApiToken, now: object) -> str:
    if token.revoked_at:
        return "revoked"
    return "expired" if token.expires_at and token.expires_at <= now else "living"  # type: ignore[operator]  # a token without an end has no instant


def has_second_factor(person: Person) -> bool:
    """Return whether a person's passphrase alone does not open their account."""
    return Authenticator.objects.filter(user_id=person.pk).exclude(type=Authenticator.Type.RECOVERY_CODES).exists()


def sign_up_is_open() -> bool:
    """Return whether anybody may open an account, or only who is invited (parameter ``sign_up``)."""
    return bool(host.parameter("sign_up") == "open")


@dataclass(frozen=True)
class SessionLine:
    """A browser a person is signed in with; ``words`` names it, ``is_here`` says that it is the one that asks."""

    session: Session
    words: str
    is_here: bool


def sessions_of(person: Person, here: str | None) -> list[SessionLine]:
    """Return where a person is signed in, here first, then the latest seen; ``here`` is the key of the session that asks."""
    now = clock.now() - clock.shift()  # sessions end by the real time
    rows = Session.objects.filter(person=person, expire_date__gt=now).defer("session_data").order_by("-seen_at", "pk")
    lines = [SessionLine(row, devices.words_of(row.agent), row.pk == here) for row in rows]
    return sorted(lines, key=lambda line: not line.is_here)


def search_people(text: str = "", *, after: str = "", size: int = 25) -> Found[Person]:
    """Return persons whose name or address has every word typed, or a word that begins so, by name."""
    return search(
        Person.objects.filter(merged_into=None),
        text,
        after=after,
        size=size,
        keys_of_word=by_words(PersonWord, "person_id"),
    )


def merge_persons_preview(*, kept: Person, absorbed: Person) -> merging.MergeLines:
    """Return what a merge would do, without doing it."""
    lines = merging.MergeLines()
    for row in EmailAddress.objects.filter(user=absorbed).order_by("email"):
        lines.moves.append(_("The address %(email)s goes to %(name)s.") % {"email": row.email, "name": kept.name})
    tokens = ApiToken.objects.filter(person=absorbed, revoked_at=None).count()
    if tokens:
        lines.conflicts.append(ngettext("%d token stops working.", "%d tokens stop working.", tokens) % tokens)
    if has_second_factor(absorbed):
        lines.conflicts.append(_("The second factors of the account that goes stop working."))
    if absorbed.has_usable_password():
        lines.conflicts.append(
            _("The passphrase of the account that goes stops working; that of %(email)s stays.") % {"email": kept.email}
        )
    own = {row.application for row in AccountName.objects.filter(person=kept)}
    for name in AccountName.objects.filter(person=absorbed).order_by("application"):
        values = {"application": name.application, "name": name.user_name, "person": kept.name}
        if name.application in own:
            lines.conflicts.append(_("The name %(name)s in %(application)s is dropped: %(person)s has one.") % values)
        else:
            lines.moves.append(_("The name %(name)s in %(application)s goes to %(person)s.") % values)
    lines.add(merging.persons.lines(kept, absorbed))
    return lines


def open_client(public_id: str) -> Client | None:
    """Return an application that people may sign in to; only for code that shows it to nobody."""
    return Client.objects.filter(public_id=public_id, closed_at=None).first()


def client_by_public_id(public_id: str) -> Client:
    """Return an application, closed ones included (``NotFound``); for the desk."""
    found = Client.objects.filter(public_id=public_id).first()
    if found is None:
        raise NotFound
    return found


def may_enter(client: Client, person: Person) -> bool:
    """Return whether a person has the right to enter a client, through anything."""
    return Entry.objects.filter(client=client, person=person).exists()


def entries_seen(client: Client, person: Person) -> list[EntrySeen]:
    """Return what a person enters a client through, with their roles by each."""
    rows = Entry.objects.filter(client=client, person=person).order_by("pk")
    return [EntrySeen(row.through, tuple(row.roles)) for row in rows]


def has_consented(client: Client, person: Person, scopes: Sequence[str]) -> bool:
    """Return whether nothing is to be asked: the host runs the client, or the person allowed all it asks for now."""
    if not client.asks_consent:
        return True
    row = Consent.objects.filter(client=client, person=person).first()
    return row is not None and set(scopes) <= set(row.scopes) and set(client.claims) <= set(row.claims)


def allowed_claims(client: Client, person: Person) -> list[str]:
    """Return which of a client's claims it may be told of a person: all where the host runs it, else those allowed."""
    if not client.asks_consent or not client.claims:
        return list(client.claims)
    row = Consent.objects.filter(client=client, person=person).first()
    return [name for name in client.claims if row is not None and name in row.claims]


def email_claims_of(person: Person) -> dict[str, object]:
    """Return the main address of a person as OpenID says it."""
    verified = EmailAddress.objects.filter(user=person, email=person.email, verified=True).exists()
    return {"email": person.email, "email_verified": verified}


def sign_in_of_code(client: Client, code: str) -> SignIn | None:
    """Return the sign-in that a code of this client began, used or not."""
    rows = SignIn.objects.select_related("client", "person")
    return rows.filter(client=client, code_digest=digest(code)).first()


def sign_in_of_refresh(client: Client, refresh: str) -> SignIn | None:
    """Return the sign-in that a refresh token of this client belongs to, used or not."""
    rows = SignIn.objects.select_related("client", "person")
    return rows.filter(client=client, tokens__digest=digest(refresh), tokens__kind=TokenKind.REFRESH).first()


def living_issued_token(secret: str) -> IssuedToken | None:
    """Return a token that works at this moment: not past its time, not used up, its sign-in, person and entry standing."""
    rows = IssuedToken.objects.select_related("client", "sign_in__person")
    row = rows.filter(digest=digest(secret), expires_at__gt=clock.now(), used_at=None, client__closed_at=None).first()
    if row is None or row.sign_in is None:
        return row
    standing = row.sign_in.ended_at is None and row.sign_in.person.is_active
    return row if standing and may_enter(row.client, row.sign_in.person) else None


def client_and_person_of_access_token(secret: str, scope: str) -> tuple[Client, Person] | None:
    """Return the application that shows this access token and its person, when the token carries the scope."""
    row = living_issued_token(secret)
    if row is None or row.kind != TokenKind.ACCESS or row.sign_in is None or scope not in row.scopes:
        return None
    return row.client, row.sign_in.person


def remaining_minutes(client: Client) -> int | None:
    """Return how long somebody who may no longer enter can stay in at most, in minutes; None when nobody knows.

    One for an application that is told by back-channel logout: the worker does so at once, and tries for a minute.
    """
    return 1 if client.backchannel_logout_uri else client.session_minutes


def clients_by_name() -> QuerySet[Client]:
    """Return every application, open ones first, by name, with the number of people who may enter (``people``)."""
    people = Count("entries__person", distinct=True)
    return Client.objects.annotate(people=people).order_by(F("closed_at").asc(nulls_first=True), "name", "pk")


def people_who_enter(client: Client) -> int:
    """Return how many people have the right to enter an application."""
    return Entry.objects.filter(client=client).values("person").distinct().count()


def account_name(client: Client, person: Person) -> str | None:
    """Return the user name a person already has in the application of a client, None when there is none.

    Names linked to the client come first, then those of the application that is called as the client is, unless
    somebody else is linked to the client by that name: two people must never be told as one.
    """
    called = " ".join(client.name.casefold().split())
    names = AccountName.objects.filter(Q(client=client) | Q(client=None, application=called), person=person)
    name = names.order_by(F("client").asc(nulls_last=True), "pk").first()
    if name is None:
        return None
    of_another = name.client_id is None and AccountName.objects.filter(client=client, user_name=name.user_name).exists()
    return None if of_another else name.user_name


@dataclass(frozen=True)
class ApplicationLine:
    """An application as one of its people sees it: ``told`` is what it learns, in words; ``since`` the last sign-in."""

    client: Client
    since: datetime | None
    consented: bool
    told: list[str]


def applications_of(person: Person) -> list[ApplicationLine]:
    """Return the applications a person is signed in to or allowed something, by name."""
    scopes: dict[int, set[str]] = {}
    since: dict[int, datetime] = {}
    clients: dict[int, Client] = {}
    for row in SignIn.objects.select_related("client").filter(person=person, ended_at=None).order_by("created_at"):
        clients[row.client_id], since[row.client_id] = row.client, row.created_at
        scopes.setdefault(row.client_id, set()).update(row.scopes)
    consents = {row.client_id: row for row in Consent.objects.select_related("client").filter(person=person)}
    for key, consent in consents.items():
        clients[key] = consent.client
        scopes.setdefault(key, set()).update(consent.scopes)
    return [
        ApplicationLine(client, since.get(key), key in consents, _told(client, scopes[key]))
        for key, client in sorted(clients.items(), key=lambda item: (item[1].name, item[0]))
    ]


def _told(client: Client, scopes: set[str]) -> list[str]:
    by_scope = [str(words) for name, words in APPLICATION_SCOPES.items() if name in scopes]
    return by_scope + [str(words) for name, words in APPLICATION_CLAIMS.items() if name in client.claims]


def client_url(client: Client) -> str:
    """Return where the tile of an application leads: its home, or where it receives people; empty when unknown."""
    for address in [client.home_url, *client.redirect_uris]:
        parts = urlsplit(address)
        if parts.scheme in ("https", "http") and parts.netloc:
            return address if address == client.home_url else f"{parts.scheme}://{parts.netloc}/"
    return ""


def entries_of(person: Person) -> list[Entry]:
    """Return what a person may enter, with the applications, by name."""
    rows = Entry.objects.select_related("client").filter(person=person, client__closed_at=None)
    return list(rows.order_by("client__name", "client_id", "through"))


def search_clients(text: str = "", *, limit: int = 50) -> list[Client]:
    """Return the applications in use whose name holds a text, by name."""
    return list(Client.objects.filter(closed_at=None, name__icontains=text.strip()).order_by("name", "pk")[:limit])


@dataclass(frozen=True)
class ApplicationNames:
    """An application that names were kept for: how many, and the client it was said to be (None: the one so called)."""

    application: str
    names: int
    client: Client | None


def applications_with_names() -> list[ApplicationNames]:
    """Return the applications that names were kept for, by name."""
    rows = AccountName.objects.values("application", "client").annotate(names=Count("pk")).order_by("application")
    clients = Client.objects.in_bulk([row["client"] for row in rows if row["client"]])
    return [ApplicationNames(row["application"], row["names"], clients.get(row["client"])) for row in rows]


def signs_in_elsewhere() -> bool:
    """Return whether people sign in at Keycloak and not here: passphrases and second factors are there."""
    return str(settings.SIGN_ON_KIND) != "builtin"


def issuer_of_applications() -> str:
    """Return where applications look up how people sign in (OpenID Connect Discovery 1.0): Archipel, or its Keycloak."""
    if not signs_in_elsewhere():
        return issuer()
    return f"{settings.KEYCLOAK['url'].rstrip('/')}/realms/{quote(settings.KEYCLOAK['realm'])}"


def today_lines(*, limit: int = 200) -> list[TodayLine]:
    """Return what is not there as it is here, and waits for a human."""
    return drift_lines(limit=limit)


def drift_page(drift: Drift) -> DriftPage:
    """Return a difference in words."""
    return page_of_drift(drift)
