# SPDX-License-Identifier: AGPL-3.0-or-later
"""Sessions here that somebody has by a session elsewhere: they begin with it and end with it."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.identity.models import OutsideSession, Person, Session
from archipel.identity.operations.sign_ins import end_sign_ins
from archipel.identity.ports import SignedIn
from archipel.identity.visitor import mark_of
from archipel.kernel import clock
from archipel.kernel.refusals import Refusal

KEPT = timedelta(days=60)


class AccountNotKnown(Refusal):
    """Somebody signed in there whose account carries no mark of a person here, or one that is closed."""

    code = "account_not_known"
    message = _(
        "You are signed in there, but this account belongs to nobody here. Somebody may have made it by hand: ask the "
        "host to look at it. Nothing was opened by its address alone."
    )
    status = 403


def person_signed_in_elsewhere(*, signed_in: SignedIn) -> Person:
    """Return the person whose id the account carries (``AccountNotKnown``).

    Never by the address: whoever could write it there would become that person here.
    """
    person = Person.objects.select_related("merged_into").filter(public_id=signed_in.person_id).first()
    while person is not None and person.merged_into is not None:
        person = person.merged_into
    if person is None or not person.is_active or person.forgotten_at:
        raise AccountNotKnown
    return person


def remember_outside_session(*, person: Person, sid: str, session_key: str) -> OutsideSession:
    """Keep which session there a session here came from."""
    values = {"sid": sid, "person": person, "since": clock.now()}
    row, _made = OutsideSession.objects.update_or_create(session_key=session_key, defaults=values)
    return row


def end_outside_session(*, sid: str) -> int:
    """End every session here that came from a session there; return how many ended. Repeatable."""
    with transaction.atomic():
        rows = OutsideSession.objects.filter(sid=sid)
        keys = list(rows.values_list("session_key", flat=True))
        sessions = Session.objects.filter(session_key__in=keys)
        for mark in filter(None, (mark_of(session.get_decoded()) for session in sessions)):
            end_sign_ins(reason="signed_out", session=mark)
        sessions.delete()
        rows.delete()
    return len(keys)


def purge_outside_sessions() -> int:
    """Delete what is known of sessions that are long over; return how many rows went."""
    gone, _by_table = OutsideSession.objects.filter(since__lt=clock.now() - KEPT).delete()
    return gone
