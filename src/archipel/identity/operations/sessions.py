# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import translation

from archipel.history import operations as history
from archipel.identity import devices
from archipel.identity.models import KnownDevice, Person, Session
from archipel.identity.naming import named
from archipel.identity.operations.pushing import end_sessions_elsewhere
from archipel.identity.operations.sign_ins import end_sign_ins
from archipel.identity.visitor import mark_of
from archipel.kernel import clock
from archipel.mailing import operations as mailing

# A device that was not used for a year is a new one again, and nothing is kept of it.
DEVICE_REMEMBERED = timedelta(days=365)


def note_device(*, person: Person, agent: str, address: str) -> bool:
    """Remember that a person signed in with such a device, from such a network; return whether they were told by mail.

    They are told when they had signed in before and never so. No cookie knows a device: what it says it is and the part
    of the Internet it comes from must do (``docs/decisions/0022-second-factor-and-sessions.md``).
    """
    now = clock.now()
    digest = devices.device_digest(person.pk, agent, address)
    known = KnownDevice.objects.filter(person=person, last_at__gt=now - DEVICE_REMEMBERED)
    if known.filter(digest=digest).update(last_at=now):
        return False
    is_first = not known.exists()
    try:
        with transaction.atomic():
            KnownDevice.objects.filter(person=person, digest=digest).delete()
            KnownDevice.objects.create(person=person, agent=agent, digest=digest, first_at=now, last_at=now)
            if not is_first:
                _tell(person, agent, address)
    except IntegrityError:  # two sign-ins at the same moment: the other one told
        return False
    return not is_first


def end_session(*, session: Session, by: Person) -> None:
    """Sign a person out of one browser, at once, and of every application entered from it. Repeatable."""
    with transaction.atomic():
        mark = mark_of(session.get_decoded())
        if mark:
            end_sign_ins(reason="signed_out", session=mark)
        ended, _rows = Session.objects.filter(pk=session.pk).delete()
        if ended:
            end_sessions_elsewhere(person=by)
            history.record(what="identity.session_ended", about=named(by), actor=by, visible="host")


def end_other_sessions(*, person: Person, keep: str | None) -> int:
    """Sign a person out everywhere but in the session with this key (None: everywhere); return how many ended.

    Applications follow: what was entered from elsewhere ends, even where the session it came from is over since long.
    """
    with transaction.atomic():
        rows = Session.objects.filter(person=person)
        kept = rows.filter(pk=keep or "").first()
        end_sign_ins(reason="signed_out", person=person, but=mark_of(kept.get_decoded()) if kept else "")
        ended, _rows = rows.exclude(pk=keep or "").delete()
        end_sessions_elsewhere(person=person)
        if ended:
            history.record(
                what="identity.sessions_ended", about=named(person), actor=person, visible="host", count=ended
            )
    return ended


def purge_sessions(*, limit: int = 5000) -> int:
    """Delete sessions that are over and devices that nobody used for a year; return how many sessions went."""
    # Of the library: a session ends by the real time, as its cookie does.
    over = Session.objects.filter(expire_date__lt=clock.now() - clock.shift()).values_list("pk", flat=True)[:limit]
    with transaction.atomic():
        ended, _rows = Session.objects.filter(pk__in=list(over)).delete()
        KnownDevice.objects.filter(last_at__lte=clock.now() - DEVICE_REMEMBERED).delete()
    return ended


def _tell(person: Person, agent: str, address: str) -> None:
    with translation.override(person.language):
        device = devices.words_of(agent)
    mailing.send(
        name="identity/new_device",
        to=person.email,
        to_name=person.name,
        language=person.language,
        context={"name": person.name, "device": device, "ip": address, "timestamp": clock.now()},
    )
