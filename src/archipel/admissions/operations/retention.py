# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is kept no longer than needed: drafts 30 days, names of requests answered for good one year."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from archipel.admissions.emails import DRAFT_DAYS
from archipel.admissions.models import Request, WaveAlert
from archipel.admissions.operations.alerts import purge_alerts
from archipel.admissions.operations.following import withdraw
from archipel.admissions.states import ANSWERED_FOR_GOOD, BEFORE_AGREED
from archipel.conversations import operations as conversations
from archipel.history import operations as history
from archipel.host import queries as host
from archipel.identity.models import Person
from archipel.identity.queries import is_address_of
from archipel.kernel import clock

PURGED_AT_ONCE = 200


def purge() -> int:
    """Do what retention asks for today, and return how many rows it touched. Repeatable."""
    return purge_drafts() + purge_answered() + purge_alerts()


def purge_drafts() -> int:
    """Delete drafts nobody has typed in for 30 days (parameter ``draft_days``)."""
    days = int(host.parameter("draft_days", default=DRAFT_DAYS))
    oldest = clock.now() - timedelta(days=days)
    deleted, _tables = Request.objects.filter(state="draft", saved_at__lt=oldest).delete()
    return deleted


def purge_answered() -> int:
    """Remove what names people from requests whose day has come, with their conversation.

    Service, wave, dates and reason stay for the counts. Repeatable.
    """
    due = Request.objects.filter(purge_on__lte=clock.today(), state__in=ANSWERED_FOR_GOOD, purged_at=None)
    purged = 0
    while True:
        with transaction.atomic():
            rows = list(due.select_for_update()[:PURGED_AT_ONCE])
            for row in rows:
                empty(request=row, name="")
                row.purged_at, row.person, row.organisation, row.same_as = clock.now(), None, None, None
                row.save()
                conversations.erase_conversation(about=("request", row.public_id))
        if not rows:
            return purged
        purged += len(rows)


def empty(*, request: Request, name: str) -> None:
    """Take out of a request, in memory, everything that was written by or about people."""
    request.organisation_name, request.person_name, request.email = name, name, ""
    request.rna, request.siren, request.town_text, request.message = "", "", "", ""
    request.price_reason, request.wished_address, request.decision_words = "", "", ""
    request.answers, request.draft, request.fields_of_action = {}, {}, []
    request.town, request.founded_year = None, None


def forget_in_requests(*, person: Person, pseudonym: str) -> tuple[int, int]:
    """Forget an asker: drafts go, what waits is withdrawn, what was agreed keeps a pseudonym.

    Returns how many requests were emptied, and how many stay because something was opened for them.
    """
    emptied = kept = 0
    with transaction.atomic():
        drafts = Request.objects.filter(state="draft")
        drafts.filter(is_address_of(person, "email"), person=None).delete()
        drafts.filter(is_address_of(person, "link_sent_to")).delete()
        WaveAlert.objects.filter(is_address_of(person, "email")).delete()
        for row in Request.objects.filter(person=person):
            if row.state in BEFORE_AGREED:
                row = withdraw(request=row, by=person)
            lasting = row.state not in ANSWERED_FOR_GOOD
            kept, emptied = kept + lasting, emptied + (not lasting)
            names = row.organisation_name
            empty(request=row, name=pseudonym)
            if lasting and row.organisation_kind != "individual":
                row.organisation_name = names
            row.save()
        history.pseudonymise(public_id=person.public_id, pseudonym=pseudonym, words=(person.name, person.email))
    return emptied, kept
