# SPDX-License-Identifier: AGPL-3.0-or-later
"""The authorisation endpoint: what was asked, by whom, and what comes next. The page only carries it out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from typing import Any
from urllib.parse import urlencode

from django.core import signing as django_signing
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.errors import AccessDeniedError, FatalClientError, InvalidRequestError, OAuth2Error
from oauthlib.openid.connect.core import exceptions

from archipel.identity import operations, queries, signing
from archipel.identity.models import Client, Person
from archipel.identity.provider.engine import CodeGrant, Pairs
from archipel.identity.provider.validator import Validator
from archipel.identity.redirections import with_answer
from archipel.identity.visitor import Visitor
from archipel.kernel import clock

# Ours, added to the address that leads back from the sign-in page: since when a proof is wanted.
SINCE = "signed_in_since"
SALT = "identity.authorizing"
PROOF_KEY = re.compile(r"[A-Za-z0-9_-]{43}")
LONGEST = {"nonce": 500, "state": 2000}
NOT_SUPPORTED = {
    "request": exceptions.RequestNotSupported,
    "request_uri": exceptions.RequestURINotSupported,
    "registration": exceptions.RegistrationNotSupported,
}


class CannotLeadBack(Exception):
    """The application or the address to lead back to is not known: nobody is led anywhere; ``code`` as in the protocol."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class LeadBack(Exception):
    """The answer is no, and goes to the application: ``address`` holds it."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__(address)


class Next(Enum):
    SIGN_IN = "sign in"
    PROVE = "prove it again"
    NO_ENTRY = "no entry"
    CONSENT = "consent"
    CODE = "code"


@dataclass(frozen=True)
class Asked:
    """A valid request of an application; ``since``: a proof of who it is must not be older."""

    client: Client
    redirect_uri: str
    scopes: list[str]
    state: str
    nonce: str
    proof_key: str
    prompt: frozenset[str]
    since: datetime | None
    login_hint: str
    pairs: list[tuple[str, str]] = field(repr=False)

    def again(self, *, without: str = "", since: bool = False) -> str:
        """Return the query string to ask the same once more, with one prompt less or a proof wanted from now on."""
        pairs = [(key, value) for key, value in self.pairs if key not in (SINCE, "prompt")]
        if left := self.prompt - {without}:
            pairs.append(("prompt", " ".join(sorted(left))))
        kept = [value for key, value in self.pairs if key == SINCE]
        mark = django_signing.dumps([self.client.public_id, clock.now().timestamp()], salt=SALT) if since else ""
        pairs += [(SINCE, value) for value in ([mark] if mark else kept)]
        return urlencode(pairs)


def read(pairs: Pairs, visitor: Visitor) -> Asked:
    """Return what is asked (``CannotLeadBack``; ``LeadBack`` with the error that the protocol names)."""
    request = Request("", http_method="POST", body=list(pairs))
    given = dict(pairs)
    since = _since(given)
    grant = CodeGrant(Validator(visitor, fresh=since is None or visitor.signed_in_at >= since))
    grant.custom_validators.pre_auth.append(_check)
    request.scopes = (request.scope or "").split()
    try:
        grant.validate_authorization_request(request)
        if "none" in (request.prompt or "").split():
            _check_entry(request, visitor)
    except FatalClientError as error:
        raise CannotLeadBack(str(error.error)) from error
    except OAuth2Error as error:
        raise LeadBack(_no(request, error)) from error
    return Asked(
        client=request.client, redirect_uri=request.redirect_uri, scopes=list(request.scopes), state=request.state or "",
        nonce=request.nonce or "", proof_key=request.code_challenge or "", since=since, login_hint=request.login_hint or "",
        prompt=frozenset((request.prompt or "").split()), pairs=[pair for pair in pairs if pair[1]],
    )  # fmt: skip


def what_next(asked: Asked, visitor: Visitor) -> Next:
    """Return what stands between this visitor and a code."""
    if visitor.person is None:
        return Next.SIGN_IN
    forced = asked.prompt & {"login", "select_account"} and SINCE not in dict(asked.pairs)
    if forced or (asked.since and visitor.signed_in_at < asked.since):
        return Next.PROVE
    if not queries.may_enter(asked.client, visitor.person):
        return Next.NO_ENTRY
    if "consent" in asked.prompt or not queries.has_consented(asked.client, visitor.person, asked.scopes):
        return Next.CONSENT
    return Next.CODE


def give_code(asked: Asked, visitor: Visitor, person: Person) -> str:
    """Return the address that leads back with a code (``operations.NoEntry``)."""
    code = operations.start_sign_in(
        client=asked.client, person=person, session=visitor.session, signed_in_at=visitor.signed_in_at,
        methods=visitor.methods, scopes=asked.scopes, redirect_uri=asked.redirect_uri, nonce=asked.nonce,
        proof_key=asked.proof_key,
    )  # fmt: skip
    return _answer(asked.redirect_uri, [("code", code), ("state", asked.state)])


def refuse(asked: Asked) -> str:
    """Return the address that leads back with the person's no."""
    said = [("error", "access_denied"), ("error_description", "The person said no."), ("state", asked.state)]
    return _answer(asked.redirect_uri, said)


def _since(given: dict[str, str]) -> datetime | None:
    """Return from when on a proof of who it is counts: by ``max_age``, or since the person was sent to prove it."""
    mark = given.get(SINCE)
    if mark:
        try:
            client_id, moment = django_signing.loads(mark, salt=SALT, max_age=timedelta(hours=12))
        except django_signing.BadSignature:
            return clock.now()
        return datetime.fromtimestamp(moment, UTC) if client_id == given.get("client_id") else clock.now()
    age = given.get("max_age", "")
    return clock.now() - timedelta(seconds=int(age)) if age.isdecimal() and len(age) < 10 else None


def _check(request: Request) -> dict[str, Any]:
    """Refuse what this provider does not do, or could not keep (OpenID Connect Core 1.0, sections 3.1.2.6 and 6)."""
    given = dict(request.decoded_body or ())
    for name, kind in NOT_SUPPORTED.items():
        if given.get(name):
            raise kind(request=request)
    wrong = [name for name, longest in LONGEST.items() if len(given.get(name, "")) > longest]
    wrong += [name for name in ("max_age",) if given.get(name) and not given[name].isdecimal()]
    wrong += [name for name in ("response_mode",) if given.get(name) not in (None, "", "query")]
    if given.get("code_challenge") and not PROOF_KEY.fullmatch(given["code_challenge"]):
        wrong.append("code_challenge")
    if wrong:
        raise InvalidRequestError(f"Cannot take this {wrong[0]}.", request=request)
    return {}


def _check_entry(request: Request, visitor: Visitor) -> None:
    if visitor.person is None or not queries.may_enter(request.client, visitor.person):
        raise AccessDeniedError("This person may not enter this application.", request=request)


def _no(request: Request, error: OAuth2Error) -> str:
    said = [("error", str(error.error)), ("error_description", error.description or ""), ("state", request.state or "")]
    return _answer(request.redirect_uri, said)


def _answer(redirect_uri: str, said: Iterable[tuple[str, str]]) -> str:
    """Return where to lead back to; the answer names who gives it (RFC 9207)."""
    kept = [(key, value) for key, value in said if value]
    return with_answer(redirect_uri, urlencode([*kept, ("iss", signing.issuer())]))
