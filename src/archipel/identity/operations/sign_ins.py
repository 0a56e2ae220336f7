# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the code to the end: one sign-in of a person at a client, and the tokens that belong to it.

Whoever holds rows of both locks entries before sign-ins: the end of an entry goes the same way.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from archipel.identity.events import SignInEnded
from archipel.identity.models import Client, Entry, IssuedToken, Person, SignIn, TokenKind
from archipel.identity.subjects import session_id_of, subject_of
from archipel.kernel import clock
from archipel.kernel.references import digest, new_token
from archipel.kernel.refusals import Refusal
from archipel.outbox import operations as outbox

CODE_LIFE = timedelta(seconds=60)
ACCESS_LIFE = timedelta(hours=1)
REFRESH_LIFE = timedelta(days=30)
# An application may keep its own session this long: until then it is told when somebody is out.
REMEMBERED = timedelta(days=180)


class NoEntry(Refusal):
    """The person has no right to enter this client."""

    code = "no_entry"
    message = _("Your account does not open this application yet.")
    status = 403


class CodeRefused(Refusal):
    """The code is unknown, of another client, too old, or came before: then its sign-in is ended."""

    code = "code_refused"
    message = _("This code does not work, or no longer.")


class RefreshRefused(Refusal):
    """The refresh token is unknown, of another client, too old, or came before: then its sign-in is ended."""

    code = "refresh_refused"
    message = _("This refresh token does not work, or no longer.")


def start_sign_in(
    *,
    client: Client,
    person: Person,
    session: str,
    signed_in_at: datetime,
    methods: Sequence[str],
    scopes: Sequence[str],
    redirect_uri: str,
    nonce: str = "",
    proof_key: str = "",
) -> str:
    """Return a code of 60 seconds for a person who may enter (``NoEntry``); ``session`` is the mark of theirs here."""
    secret, now = new_token(), clock.now()
    with transaction.atomic():
        if not _may_enter(client, person):
            raise NoEntry
        SignIn.objects.create(
            client=client, person=person, session_digest=digest(session), sid=session_id_of(client, session),
            scopes=list(scopes), signed_in_at=signed_in_at, methods=list(methods), code_digest=digest(secret),
            code_expires_at=now + CODE_LIFE, redirect_uri=redirect_uri, nonce=nonce, proof_key=proof_key, created_at=now,
        )  # fmt: skip
    return secret


def redeem_code(*, client: Client, code: str, access: str, refresh: str = "") -> SignIn:
    """Exchange a code, once, for the tokens whose secrets are given (``CodeRefused``).

    A code that comes again ends its sign-in and every token it brought (RFC 6749, section 4.1.2).
    """
    now = clock.now()
    with transaction.atomic():
        sign_in, stands = _locked_sign_in(SignIn.objects.filter(client=client, code_digest=digest(code)))
        good = sign_in is not None and stands and not sign_in.redeemed_at and sign_in.code_expires_at > now
        if sign_in is not None and good:
            sign_in.redeemed_at = now
            sign_in.save(update_fields=["redeemed_at"])
            _issue(sign_in, access, refresh, sign_in.scopes, now)
        elif sign_in is not None and sign_in.redeemed_at:
            _end([sign_in], "replay")
    if sign_in is None or not good:
        raise CodeRefused
    return sign_in


def refresh_sign_in(*, client: Client, refresh: str, access: str, renewed: str, scopes: Sequence[str]) -> SignIn:
    """Exchange a refresh token, once, for a new one and an access token with these scopes (``RefreshRefused``).

    One that comes again was stolen, by whoever came first or second: the sign-in ends for both (RFC 9700, 4.14.2).
    """
    now = clock.now()
    with transaction.atomic():
        own = SignIn.objects.filter(client=client, tokens__digest=digest(refresh), tokens__kind=TokenKind.REFRESH)
        sign_in, stands = _locked_sign_in(own)
        token = IssuedToken.objects.filter(digest=digest(refresh), sign_in=sign_in).first() if sign_in else None
        good = False
        if sign_in is not None and token is not None:
            good = stands and token.used_at is None and token.expires_at > now
            if good:
                token.used_at = now
                token.save(update_fields=["used_at"])
                _issue(sign_in, access, renewed, scopes, now)
            elif token.used_at:
                _end([sign_in], "reuse")
    if sign_in is None or not good:
        raise RefreshRefused
    return sign_in


def issue_to_client(*, client: Client, access: str, scopes: Sequence[str]) -> IssuedToken:
    """Give an application a token of its own, for an hour (client credentials, RFC 6749, section 4.4)."""
    now = clock.now()
    return IssuedToken.objects.create(
        client=client, kind=TokenKind.ACCESS, digest=digest(access), scopes=list(scopes), issued_at=now,
        expires_at=now + ACCESS_LIFE,
    )  # fmt: skip


def revoke_issued(*, client: Client, token: str) -> None:
    """End a token of a client at its own wish (RFC 7009): a refresh token takes its sign-in with it. Repeatable."""
    with transaction.atomic():
        row = IssuedToken.objects.select_related("sign_in").filter(client=client, digest=digest(token)).first()
        if row is not None and row.kind == TokenKind.REFRESH and row.sign_in is not None:
            _end([row.sign_in], "revoked", tell=False)
        elif row is not None:
            row.delete()


def end_sign_ins(
    *, reason: str, person: Person | None = None, client: Client | None = None, session: str = "", but: str = ""
) -> int:
    """End the living sign-ins of a person, of a client, of a portal session, or what these have in common.

    ``session`` and ``but`` are marks of portal sessions; what was entered from the session ``but`` stays. Their tokens end with them, and applications that know back-channel logout are told. Returns how many; repeatable.
    """
    living = SignIn.objects.filter(ended_at=None)
    if person is None and client is None and not session:
        raise ValueError("whose sign-ins?")
    if person is not None:
        living = living.filter(person=person)
    if client is not None:
        living = living.filter(client=client)
    if session:
        living = living.filter(session_digest=digest(session))
    if but:
        living = living.exclude(session_digest=digest(but))
    with transaction.atomic():
        rows = list(living.select_related("client", "person").order_by("pk"))
        _end(rows, reason)
    return len(rows)


def purge_sign_ins() -> int:
    """Delete dead tokens and sign-ins that nothing can come of any more; return how many sign-ins went. Repeatable."""
    now = clock.now()
    day = timedelta(days=1)
    newer = SignIn.objects.filter(client=OuterRef("client"), sid=OuterRef("sid"), pk__gt=OuterRef("pk"), ended_at=None)
    with_tokens = IssuedToken.objects.filter(sign_in=OuterRef("pk"))
    gone = Q(ended_at__lt=now - 7 * day) | Q(redeemed_at=None, created_at__lt=now - day)
    silent = Q(created_at__lt=now - REMEMBERED) | (Q(created_at__lt=now - day) & Exists(newer))
    with transaction.atomic():
        IssuedToken.objects.filter(expires_at__lte=now).delete()
        ids = list(SignIn.objects.filter(gone | (silent & ~Exists(with_tokens))).values_list("pk", flat=True)[:5000])
        SignIn.objects.filter(pk__in=ids).delete()
    return len(ids)


def _may_enter(client: Client, person: Person) -> bool:
    return _has_entry(client.pk, person.pk) and person.is_active and client.closed_at is None


def _has_entry(client: int, person: int) -> bool:
    # Locked: an entry that ends at this moment either is seen to, or sees what is written now and ends it too.
    entries = Entry.objects.select_for_update().filter(client=client, person=person).order_by("pk")
    return bool(list(entries.values_list("pk", flat=True)))


def _locked_sign_in(rows: QuerySet[SignIn]) -> tuple[SignIn | None, bool]:
    """Return the sign-in, locked, and whether it stands: neither ended nor without entry."""
    found = rows.values_list("pk", "client", "person").first()
    if found is None:
        return None, False
    entered = _has_entry(*found[1:])
    # Read whole once it is locked, and only then: each exchange of a code pays for what is read here.
    locked = SignIn.objects.select_for_update(of=("self",)).select_related("client", "person").filter(pk=found[0])
    sign_in = locked.first()
    if sign_in is None:
        return None, False
    entered = entered and sign_in.person.is_active and sign_in.client.closed_at is None
    return sign_in, entered and sign_in.ended_at is None


def _issue(sign_in: SignIn, access: str, refresh: str, scopes: Sequence[str], now: datetime) -> None:
    lives = [(TokenKind.ACCESS, access, list(scopes), ACCESS_LIFE)]
    if refresh:
        lives.append((TokenKind.REFRESH, refresh, sign_in.scopes, REFRESH_LIFE))
    IssuedToken.objects.bulk_create(
        IssuedToken(
            client=sign_in.client, sign_in=sign_in, kind=kind, digest=digest(secret), scopes=given, issued_at=now,
            expires_at=now + life,
        )
        for kind, secret, given, life in lives
    )  # fmt: skip


def _end(rows: Sequence[SignIn], reason: str, *, tell: bool = True) -> None:
    ids = [row.pk for row in rows]
    IssuedToken.objects.filter(sign_in__in=ids).delete()
    SignIn.objects.filter(pk__in=ids, ended_at=None).update(ended_at=clock.now(), end_reason=reason)
    known = {(row.client_id, row.person_id, row.sid): row for row in rows if row.redeemed_at}
    for row in known.values():
        if tell and row.client.backchannel_logout_uri:
            subject = subject_of(row.client, row.person)
            outbox.announce(SignInEnded(client_id=row.client.public_id, subject=subject, sid=row.sid))
