# SPDX-License-Identifier: AGPL-3.0-or-later
"""The messages of this app, one function each; called in the transaction of the change that causes them.

Texts: ``templates/admissions/emails/<name>/``.
"""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import override

from archipel.admissions.choices import REASONS
from archipel.admissions.links import token_for
from archipel.admissions.models import PeerHost, Request, Wave, WaveAlert
from archipel.admissions.queries import name_of, next_wave_of, size_of
from archipel.agreements.models import Agreement
from archipel.agreements.queries import yearly_total
from archipel.catalogue import queries as catalogue
from archipel.conversations.models import Participant
from archipel.design.moments import moment_in_words
from archipel.host import queries as host
from archipel.kernel import keys
from archipel.mailing import operations as mailing
from archipel.mailing.addresses import normalised, reply_address

DRAFT_DAYS = 30


def _absolute(path: str) -> str:
    return host.current().portal_url.rstrip("/") + path


def draft_link_of(request: Request) -> str:
    """Return the whole address that reopens a draft."""
    return _absolute(reverse("request-draft", args=[token_for("draft", request.public_id)]))


def follow_link_of(request: Request) -> str:
    """Return the whole address at which a request is followed without an account."""
    return _absolute(reverse("request-follow", args=[token_for("follow", request.public_id)]))


def _send(request: Request, message: str, to: str = "", to_name: str = "", reply_to: str = "", **context: Any) -> None:
    with override(request.language):
        common = {
            "name": request.person_name,
            "organisation": request.organisation_name,
            "service": catalogue.service_name(request.service, request.language),
            "size": size_of(request),
            "reference": request.reference or "",
            "request_id": request.public_id,
        }
    mailing.send(
        name=message,
        to=to or request.email,
        to_name=to_name or request.person_name,
        language=request.language,
        context=common | context,
        reply_to=reply_to,
    )


def _reply_to(request: Request) -> str:
    """Return the address that brings an answer into the thread of the request."""
    participant = Participant.objects.filter(
        conversation__about_kind="request",
        conversation__about_id=request.public_id,
        email=normalised(request.email),
    ).first()
    return reply_address(keys.unlock(participant.locked_token)) if participant else ""


def send_draft_link(request: Request, email: str, name: str) -> None:
    days = int(host.parameter("draft_days", default=DRAFT_DAYS))
    _send(request, "admissions/draft_link", email, name, name=name, link=draft_link_of(request), days=days)


def send_draft_kept(request: Request, email: str, name: str, recap: list[tuple[str, str]]) -> None:
    """Tell somebody that the form closed while they were typing; ``recap`` is what they had typed."""
    following = next_wave_of(request.service)
    with override(request.language):
        moment = moment_in_words(following.opens_at) if following else ""
    _send(
        request,
        "admissions/draft_kept",
        email,
        name,
        name=name,
        link=draft_link_of(request),
        recap=recap,
        next_opening=moment,
    )


def send_confirmation(request: Request, token: str) -> None:
    with override(request.language):
        until = moment_in_words(request.confirm_expires_at) if request.confirm_expires_at else ""
    _send(request, "admissions/confirm_address", link=_absolute(reverse("request-confirm", args=[token])), until=until)


def send_received(request: Request, note: str) -> None:
    """Acknowledge a confirmed request; ``note`` says where it was put when that is not the ordinary place."""
    wave = request.wave
    with override(request.language):
        moment = moment_in_words(wave.closes_at) if wave else ""
    _send(
        request,
        "admissions/received",
        reply_to=_reply_to(request),
        follow_link=follow_link_of(request),
        wave=name_of(wave, request.language) if wave else "",
        wave_link=_absolute(reverse("wave", args=[wave.public_id])) if wave else "",
        wave_closes=moment,
        by_lot=bool(wave and wave.order == "lot"),
        note=note,
    )


def send_accepted(request: Request, agreement: Agreement, token: str) -> None:
    """Send the agreement to its referent, who need not be the asker."""
    same = agreement.referent_email.lower() == request.email.lower()
    _send(
        request,
        "admissions/accepted",
        agreement.referent_email,
        agreement.referent_name,
        name=agreement.referent_name,
        asker="" if same else request.person_name,
        total=yearly_total(agreement),
        words=request.decision_words,
        link=_absolute(reverse("agreement", args=[token])),
        follow_link=follow_link_of(request) if same else "",
        reply_to=_reply_to(request) if same else "",
    )


def send_accepted_elsewhere(request: Request, agreement: Agreement) -> None:
    """Tell the asker that another person, the referent, was sent the agreement."""
    _send(
        request,
        "admissions/accepted_referent",
        referent=agreement.referent_name,
        words=request.decision_words,
        follow_link=follow_link_of(request),
        reply_to=_reply_to(request),
    )


def send_waiting(request: Request) -> None:
    _answer(request, "admissions/waiting")


def send_declined(request: Request) -> None:
    with override(request.language):
        reason = "" if request.decision_reason == "other" else str(REASONS[request.decision_reason])
    _answer(request, "admissions/declined", reason=reason)


def send_redirected(request: Request, peer: PeerHost) -> None:
    _answer(request, "admissions/redirected", peer=peer)


def send_reopened(request: Request) -> None:
    _answer(request, "admissions/reopened")


def send_withdrawn(request: Request) -> None:
    _answer(request, "admissions/withdrawn")


def _answer(request: Request, message: str, **context: Any) -> None:
    _send(
        request,
        message,
        words=request.decision_words,
        follow_link=follow_link_of(request),
        reply_to=_reply_to(request),
        **context,
    )


def send_to_peer(request: Request, peer: PeerHost, recap: list[tuple[str, str]]) -> None:
    """Pass on to a peer host what the asker declared, and agreed to have passed on."""
    mailing.send(
        name="admissions/to_peer",
        to=peer.address,
        to_name=peer.name,
        language=host.current().languages[0],
        reply_to=request.email,
        context={
            "peer": peer,
            "name": request.person_name,
            "email": request.email,
            "organisation": request.organisation_name,
            "service": catalogue.service_name(request.service, host.current().languages[0]),
            "recap": recap,
        },
    )


def alert_links(alert: WaveAlert) -> tuple[str, str]:
    """Return the whole addresses that confirm and that leave."""
    token = token_for("alert", alert.public_id)
    return _absolute(reverse("alert-confirm", args=[token])), _absolute(reverse("alert-leave", args=[token]))


def send_alert_confirmation(alert: WaveAlert) -> None:
    confirm, leave = alert_links(alert)
    _send_alert(alert, "admissions/alert_confirm", link=confirm, leave_link=leave)


def send_alert(alert: WaveAlert, wave: Wave | None) -> None:
    """Tell somebody, once, that a service takes requests again."""
    _, leave = alert_links(alert)
    with override(alert.language):
        until = moment_in_words(wave.closes_at) if wave else ""
    _send_alert(
        alert,
        "admissions/alert_open",
        unsubscribe_url=leave,
        link=_absolute(reverse("request-form", args=[alert.service.slug])),
        leave_link=leave,
        until=until,
        places=wave.capacity if wave else 0,
    )


def _send_alert(alert: WaveAlert, message: str, unsubscribe_url: str = "", **context: Any) -> None:
    mailing.send(
        name=message,
        to=alert.email,
        language=alert.language,
        context={"service": catalogue.service_name(alert.service, alert.language)} | context,
        unsubscribe_url=unsubscribe_url,
    )
