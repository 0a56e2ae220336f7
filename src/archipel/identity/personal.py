# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an account holds on a person."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from archipel.history import queries as history
from archipel.identity import devices, operations, queries
from archipel.identity.models import AccountName, ApiToken, Entry, KnownDevice, Person, Session


def export(person: Person) -> dict[str, Any]:
    """Return the account, its addresses, names, ways in and tokens (never secrets), entries, and what the person did."""
    return {
        "public_id": person.public_id,
        "name": person.name,
        "pseudonym": person.pseudonym,
        "language": person.language,
        "created_at": person.created_at.isoformat(),
        "last_sign_in": person.last_login.isoformat() if person.last_login else None,
        "addresses": [
            {"email": row.email, "confirmed": row.verified, "main": row.primary}
            for row in EmailAddress.objects.filter(user=person).order_by("-primary", "email")
        ],
        "tokens": [
            {
                "name": row.name,
                "scopes": row.scopes,
                "created_at": row.created_at.isoformat(),
                "last_used_on": row.last_used_on.isoformat() if row.last_used_on else None,
                "revoked_at": row.revoked_at.isoformat() if row.revoked_at else None,
            }
            for row in ApiToken.objects.filter(person=person).order_by("created_at")
        ],
        "applications": [
            {
                "name": line.client.name,
                "last_sign_in": line.since.isoformat() if line.since else None,
                "consent": line.consented,
                "told": line.told,
            }
            for line in queries.applications_of(person)
        ],
        "entries": [
            {"application": row.client.name, "roles": row.roles, "through": row.through, "since": row.since.isoformat()}
            for row in Entry.objects.select_related("client").filter(person=person).order_by("since", "pk")
        ],
        **_ways_in(person),
        "names_in_applications": {
            row.application: row.user_name for row in AccountName.objects.filter(person=person).order_by("application")
        },
        "acts": [{"at": line.at.isoformat(), "what": line.sentence} for line in history.of_person(person.public_id)],
    }


def _ways_in(person: Person) -> dict[str, Any]:
    """Return second factors (never their secrets), sessions and known devices."""
    return {
        "second_factors": [
            {
                "kind": row.type,
                "name": row.data.get("name", ""),
                "added_at": row.created_at.isoformat(),
                "last_used_at": row.last_used_at.isoformat() if row.last_used_at else None,
            }
            for row in Authenticator.objects.filter(user_id=person.pk).order_by("pk")
        ],
        "sessions": [
            {
                "device": devices.words_of(row.agent),
                "since": row.since.isoformat() if row.since else None,
                "seen_at": row.seen_at.isoformat() if row.seen_at else None,
                "ends_at": row.expire_date.isoformat(),
            }
            for row in Session.objects.filter(person=person).defer("session_data").order_by("expire_date")
        ],
        "known_devices": [
            {
                "device": devices.words_of(row.agent),
                "first_sign_in": row.first_at.isoformat(),
                "last_sign_in": row.last_at.isoformat(),
            }
            for row in KnownDevice.objects.filter(person=person).order_by("first_at")
        ],
    }


def forget(person: Person, pseudonym: str) -> list[str]:
    """Forget the account; a pseudonym stays until the day the sentence names."""
    purge_on = operations.forget_person(person=person, pseudonym=pseudonym)
    sentence = _(
        "“%(pseudonym)s” stands where your name was in the history of your organisations, because we must be able to "
        "tell for one year who published what (decree 2021-1362). It is deleted on %(day)s."
    )
    return [sentence % {"pseudonym": pseudonym, "day": date_format(purge_on, "DATE_FORMAT")}]
