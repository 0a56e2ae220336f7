# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who stands at the door: the person of a portal session, when and how they last proved who they are."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from allauth.account.authentication import get_authentication_records
from django.http import HttpRequest

from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.references import new_token

# What stands for a session: its key changes when a passphrase does, this stays until the session is over.
MARK = "identity_mark"
# RFC 8176 by what django-allauth records.
METHODS = {"password": "pwd", "totp": "otp", "recovery_codes": "otp", "webauthn": "hwk"}

LONG_AGO = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Visitor:
    """``person`` is None for somebody who is not signed in; then the rest says nothing."""

    person: Person | None
    session: str = ""
    signed_in_at: datetime = LONG_AGO
    methods: tuple[str, ...] = ()


def visitor_of(request: HttpRequest) -> Visitor:
    """Return who asks for a page; their session is marked the first time."""
    person = request.user
    if not isinstance(person, Person) or not person.is_active:
        return Visitor(None)
    if MARK not in request.session:
        request.session[MARK] = new_token()
    records: list[dict[str, Any]] = get_authentication_records(request, person)
    moments = [float(record["at"]) for record in records if "at" in record]
    last = datetime.fromtimestamp(max(moments), UTC) + clock.shift() if moments else person.last_login
    return Visitor(person, request.session[MARK], last or clock.now(), _methods(records))


def mark_of(session: Any) -> str:
    """Return the mark of a session, empty where no application was entered from it."""
    return str(session.get(MARK, ""))


def _methods(records: list[dict[str, Any]]) -> tuple[str, ...]:
    kinds = [str(record.get("type") or record.get("method")) for record in records]
    found = list(dict.fromkeys(METHODS[kind] for kind in kinds if kind in METHODS))
    return tuple([*found, "mfa"] if len(found) > 1 else found)
