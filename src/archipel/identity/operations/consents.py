# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person allows an application that the host does not run, and takes back."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from archipel.history import operations as history
from archipel.identity.models import Client, Consent, Person
from archipel.identity.operations.sign_ins import end_sign_ins
from archipel.kernel import clock


def give_consent(*, client: Client, person: Person, scopes: Sequence[str]) -> Consent:
    """Remember that a person allowed a client these scopes, with what it is told now; earlier ones stay allowed."""
    with transaction.atomic():
        consent = Consent.objects.select_for_update().filter(client=client, person=person).first()
        consent = consent or Consent(client=client, person=person)
        consent.scopes = sorted({*consent.scopes, *scopes})
        consent.claims, consent.given_at = sorted(client.claims), clock.now()
        consent.save()
        history.record(what="identity.consent_given", about=_about(client), actor=person, visible="host")
    return consent


def withdraw_consent(*, client: Client, person: Person) -> None:
    """Take back what was allowed: the sign-ins of the person there end, and the next one asks again. Repeatable."""
    with transaction.atomic():
        withdrawn, _rows = Consent.objects.filter(client=client, person=person).delete()
        ended = end_sign_ins(reason="consent", client=client, person=person)
        if withdrawn or ended:
            history.record(what="identity.consent_withdrawn", about=_about(client), actor=person, visible="host")


def _about(client: Client) -> tuple[str, str, str]:
    return ("client", client.public_id, client.name)
