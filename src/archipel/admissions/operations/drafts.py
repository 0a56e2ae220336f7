# SPDX-License-Identifier: AGPL-3.0-or-later
"""From the first word typed to the link that confirms the address."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.admissions import emails
from archipel.admissions.declaration import STAGES, Checked, check, kept
from archipel.admissions.models import Request, Wave
from archipel.admissions.operations.confirmations import receive
from archipel.admissions.operations.moving import host_languages, locked
from archipel.admissions.queries import form_state, needs_no_link
from archipel.admissions.recap import as_typed, pairs_of
from archipel.catalogue.models import Service
from archipel.identity import limits
from archipel.identity.addresses import InvalidAddress, clean_address
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.references import digest, new_token
from archipel.kernel.refusals import Invalid, Refusal, TooMany

CONFIRM_WITHIN = timedelta(days=3)
# Mails one address can be made to receive in an hour by somebody who types it.
MAILS_AN_HOUR = 4
HOUR = 3600
TOLD_AGAIN_AFTER = timedelta(days=1)


class Incomplete(Invalid):
    """Some answers are missing or wrong; ``details["errors"]`` gives them by name of field."""

    code = "incomplete"
    message = _("Some answers are to be completed or corrected. Everything you typed is kept.")


class FormClosed(Refusal):
    """The service takes no requests at this moment; what was typed is kept, and mailed when there is an address."""

    code = "form_closed"
    message = _("This form has closed in the meantime. What you typed is kept.")


class AlreadySent(Refusal):
    """The request was sent and its address confirmed: the draft is over."""

    code = "already_sent"
    message = _("This request has already been sent: a draft of it no longer exists.")
    status = 410


def start_draft(*, service: Service, language: str, typed: Mapping[str, Any] | None = None) -> Request:
    """Begin a request. Nothing is checked; the draft is kept 30 days after it was last typed in."""
    with transaction.atomic():
        request = _new(service, language, typed or {})
        _send_link_once(request)
        request.save()
    return request


def save_draft(*, request: Request, typed: Mapping[str, Any]) -> Request:
    """Keep what was typed, with its errors; mail the link that reopens it the first time an address is known."""
    with transaction.atomic():
        request = _draft(request)
        request.draft = kept({**request.draft, **typed})
        request.saved_at = clock.now()
        _send_link_once(request)
        request.save()
    return request


def submit(*, request: Request, typed: Mapping[str, Any] | None = None, person: Person | None = None) -> Request:
    """Check everything and mail the link that confirms the address (``Incomplete``, ``FormClosed``, ``TooMany``).

    Sent again before it is confirmed: the former link stops working. ``person``, signed in with this very address
    confirmed, needs no link: the request is received at once. A refusal leaves the draft as it was typed.
    """
    if typed:
        request = save_draft(request=request, typed=typed)
    if not form_state(request.service).taking:
        tell_form_closed(request=request)
        raise FormClosed
    checked = check(STAGES, request.service, request.draft, request.public_id)
    if checked.errors:
        raise Incomplete(errors={name: str(words) for name, words in checked.errors.items()})
    known = needs_no_link(checked.values["email"], person)
    if not known:
        limits.check(checked.values["email"], "request-mail", MAILS_AN_HOUR, HOUR)
    with transaction.atomic():
        request = _draft(request)
        _declare(request, checked)
        if known:
            return receive(request=request)
        token = new_token()
        request.confirm_digest, request.confirm_expires_at = digest(token), clock.now() + CONFIRM_WITHIN
        request.save()
        emails.send_confirmation(request, token)
    return request


def ask(*, service: Service, language: str, typed: Mapping[str, Any]) -> Request:
    """Declare everything at once, as programs do: nothing is kept when something is missing."""
    with transaction.atomic():
        request = _new(service, language, typed)
        request.save()
        return submit(request=request)


def tell_form_closed(*, request: Request) -> bool:
    """Mail what was typed to the address that was typed; False when there is none, or when they have it already.

    Again within a day only when something was typed since, and no more often than any address can be mailed.
    """
    with transaction.atomic():
        request = locked(request=request)
        email = _address(request.draft)
        now = clock.now()
        if request.state != "draft" or not email or _told_lately(request, email):
            return False
        request.told_closed_at = now
        request.save(update_fields=["told_closed_at"])
        recap = pairs_of(as_typed(request.service, request.draft, request.public_id))
        emails.send_draft_kept(request, email, _name(request.draft), recap)
    return True


def _told_lately(request: Request, email: str) -> bool:
    told = request.told_closed_at
    if told is None or clock.now() - told >= TOLD_AGAIN_AFTER:
        return False
    if told >= request.saved_at:
        return True
    try:
        limits.check(email, "request-mail", MAILS_AN_HOUR, HOUR)
    except TooMany:
        return True
    return False


def tell_typists(*, wave: Wave) -> int:
    """Mail what they had typed to those whose form closed under their hands; return how many. Repeatable."""
    drafts = Request.objects.filter(service=wave.service, state="draft", saved_at__gte=wave.opens_at)
    return sum(tell_form_closed(request=draft) for draft in drafts.filter(confirm_digest=None).order_by("pk"))


def _new(service: Service, language: str, typed: Mapping[str, Any]) -> Request:
    now, spoken = clock.now(), host_languages()
    return Request(
        service=service,
        state="draft",
        since=now,
        saved_at=now,
        created_at=now,
        language=language if language in spoken else spoken[0],
        draft=kept(typed),
    )


def _draft(request: Request) -> Request:
    request = locked(request=request)
    if request.state != "draft":
        raise AlreadySent
    return request


def _declare(request: Request, checked: Checked) -> None:
    for name, value in checked.values.items():
        setattr(request, name, value)


def _send_link_once(request: Request) -> None:
    email = _address(request.draft)
    if not email or request.link_sent_to == email:
        return
    try:
        limits.check(email, "request-mail", MAILS_AN_HOUR, HOUR)
    except TooMany:  # the draft is kept all the same, and its address is on the page
        return
    request.link_sent_to = email
    emails.send_draft_link(request, email, _name(request.draft))


def _address(typed: Mapping[str, Any]) -> str:
    try:
        return clean_address(str(typed.get("email") or ""))
    except InvalidAddress:
        return ""


def _name(typed: Mapping[str, Any]) -> str:
    return str(typed.get("person_name") or "")[:120]
