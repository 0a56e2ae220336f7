# SPDX-License-Identifier: AGPL-3.0-or-later
"""Close an account at the desk, and open it again: a stolen account, an abuse, a death. Nothing is deleted.

Called by ``organisations.operations``, which ends what the person enters in the same transaction.
"""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.history import operations as history
from archipel.identity.events import PersonChanged
from archipel.identity.models import Person, Session
from archipel.identity.naming import named
from archipel.identity.operations.pushing import end_sessions_elsewhere
from archipel.identity.operations.sign_ins import end_sign_ins
from archipel.kernel import clock
from archipel.kernel.refusals import Invalid, Refusal
from archipel.mailing import operations as mailing
from archipel.outbox import operations as outbox

REASON_LENGTH = 500


class AccountGone(Refusal):
    """The account was merged into another one, or its person asked to be forgotten."""

    code = "account_gone"
    message = _("This account no longer exists: it was merged into another one, or its person asked to be forgotten.")


class ReasonNeeded(Invalid):
    """The person reads why their account is closed."""

    code = "reason_needed"
    message = _("Please say why: the person will read it.")


def close_person(*, person: Person, reason: str, by: Person) -> Person:
    """Let a person sign in no more, anywhere: sessions end, applications are told, tokens are refused; the person is told.

    (``AccountGone``, ``ReasonNeeded``.) Repeatable: a second call changes nothing.
    """
    if not reason.strip():
        raise ReasonNeeded(field="reason")
    with transaction.atomic():
        person = _living(person)
        if person.closed_at:
            return person
        person.closed_at, person.closed_because = clock.now(), reason.strip()[:REASON_LENGTH]
        person.is_active = False
        person.save(update_fields=["closed_at", "closed_because", "is_active"])
        end_sign_ins(reason="closed", person=person)
        Session.objects.filter(person=person).delete()
        end_sessions_elsewhere(person=person)
        history.record(
            what="identity.account_closed",
            about=named(person),
            actor=by,
            visible="host",
            reason=person.closed_because,
        )
        _tell("closed", person)
        outbox.announce(PersonChanged(person_id=person.public_id))
    return person


def reopen_person(*, person: Person, by: Person) -> Person:
    """Let a person sign in again, with what they signed in with before (``AccountGone``). Repeatable."""
    with transaction.atomic():
        person = _living(person)
        if person.closed_at is None:
            return person
        person.closed_at, person.closed_because, person.is_active = None, "", True
        person.save(update_fields=["closed_at", "closed_because", "is_active"])
        history.record(what="identity.account_reopened", about=named(person), actor=by, visible="host")
        _tell("reopened", person)
        outbox.announce(PersonChanged(person_id=person.public_id))
    return person


def _living(person: Person) -> Person:
    row = Person.objects.select_for_update().get(pk=person.pk)
    if row.merged_into_id or row.forgotten_at:
        raise AccountGone
    return row


def _tell(what: str, person: Person) -> None:
    mailing.send(
        name=f"identity/account_{what}",
        to=person.email,
        to_name=person.name,
        language=person.language,
        context={"name": person.name, "reason": person.closed_because},
    )
