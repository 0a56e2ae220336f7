# SPDX-License-Identifier: AGPL-3.0-or-later
"""Those who wait for a service to open: they ask, confirm by mail, are told once, leave in one click."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from archipel.admissions import emails
from archipel.admissions.links import public_id_of
from archipel.admissions.models import WaveAlert
from archipel.admissions.operations.moving import host_languages
from archipel.admissions.queries import form_state
from archipel.catalogue.models import Service
from archipel.identity import limits
from archipel.identity.addresses import clean_address
from archipel.kernel import clock
from archipel.kernel.refusals import NotFound, TooMany

CONFIRM_WITHIN = timedelta(days=7)
KEPT_AFTER_TOLD = timedelta(days=30)
MAILS_AN_HOUR = 2
HOUR = 3600
TOLD_AT_ONCE = 100


def ask_to_be_told(*, service: Service, email: str, language: str) -> None:
    """Mail the link that confirms (``InvalidAddress``). Nothing tells whether the address was there before."""
    address = clean_address(email)
    try:
        limits.check(f"{service.slug} {address}", "alert-mail", MAILS_AN_HOUR, HOUR)
    except TooMany:  # the same words as ever: the mail was sent a moment ago
        return
    spoken = host_languages()
    with transaction.atomic():
        alert, _made = WaveAlert.objects.select_for_update().get_or_create(
            service=service, email=address, defaults={"created_at": clock.now()}
        )
        alert.language = language if language in spoken else spoken[0]
        if alert.confirmed_at is None or alert.told_at is not None:
            alert.created_at, alert.confirmed_at, alert.told_at = clock.now(), None, None
        alert.save()
        if alert.confirmed_at is None:
            emails.send_alert_confirmation(alert)


def alert_of(*, token: str) -> WaveAlert:
    """Return the alert a mailed link belongs to (``NotFound`` once it was left or purged)."""
    alert = WaveAlert.objects.select_related("service").filter(public_id=public_id_of("alert", token)).first()
    if alert is None:
        raise NotFound
    return alert


def confirm_alert(*, token: str) -> WaveAlert:
    """Confirm; again is the same."""
    with transaction.atomic():
        alert = (
            WaveAlert.objects.select_for_update(of=("self",)).select_related("service").get(pk=alert_of(token=token).pk)
        )
        if alert.confirmed_at is None:
            alert.confirmed_at = clock.now()
            alert.save(update_fields=["confirmed_at"])
    return alert


def leave_alert(*, token: str) -> None:
    """Leave, and keep nothing; again is the same, even for a link that was left before."""
    WaveAlert.objects.filter(public_id=public_id_of("alert", token)).delete()


def tell_waiting(*, service: Service) -> int:
    """Tell everybody who confirmed and was not told yet, when the form is open; return how many. Repeatable."""
    state = form_state(service)
    if not state.taking or state.waiting_only:
        return 0
    told = 0
    while True:
        with transaction.atomic():
            waiting = WaveAlert.objects.select_for_update(of=("self",)).select_related("service")
            batch = list(waiting.filter(service=service, told_at=None, confirmed_at__isnull=False)[:TOLD_AT_ONCE])
            for alert in batch:
                alert.told_at = clock.now()
                alert.save(update_fields=["told_at"])
                emails.send_alert(alert, state.wave)
        if not batch:
            return told
        told += len(batch)


def tell_all_waiting() -> int:
    """Look at each service somebody waits for: the form may have opened by a change of its state."""
    waited_for = Service.objects.filter(alert__told_at=None, alert__confirmed_at__isnull=False).distinct()
    return sum(tell_waiting(service=service) for service in waited_for)


def purge_alerts() -> int:
    """Forget what was never confirmed within a week, and who was told a month ago."""
    now = clock.now()
    unconfirmed = WaveAlert.objects.filter(confirmed_at=None, created_at__lt=now - CONFIRM_WITHIN)
    told = WaveAlert.objects.filter(told_at__lt=now - KEPT_AFTER_TOLD)
    return sum(rows.delete()[0] for rows in (unconfirmed, told))
