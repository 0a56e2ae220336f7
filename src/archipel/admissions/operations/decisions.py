# SPDX-License-Identifier: AGPL-3.0-or-later
"""What humans of the host answer. Nothing is decided by a timer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override, pgettext

from archipel.admissions import emails
from archipel.admissions.choices import REASONS
from archipel.admissions.models import PeerHost, Request, Wave
from archipel.admissions.operations.confirmations import keep_address
from archipel.admissions.operations.moving import conversation_of, locked, locked_wave, move, record
from archipel.admissions.queries import places_left
from archipel.admissions.recap import pairs_of
from archipel.admissions.states import LABELS, REQUEST
from archipel.agreements import operations as agreements
from archipel.conversations import operations as conversations
from archipel.design.moments import moment_in_words
from archipel.host import queries as host
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import AlreadyDecided, Invalid, Refusal
from archipel.organisations.queries import referents_of
from archipel.spaces import operations as spaces

BECOMES = {
    "accept": "accepted",
    "waiting": "waiting",
    "ask": "question",
    "redirect": "redirected",
    "decline": "declined",
}
KEEP_NAMES_MONTHS = 12


class NoConsent(Refusal):
    """The asker did not agree to be passed on."""

    code = "no_consent"
    message = gettext_lazy("This person has not agreed to be passed on to another host. Ask them first.")


class NoPlaceLeft(Refusal):
    """The capacity of the wave is reached."""

    code = "no_place_left"
    message = gettext_lazy("There is no place left in this wave.")


class SameOrganisationUndecided(Refusal):
    """An organisation with the same number is known: a human says first whether it is the same one."""

    code = "same_organisation_undecided"
    message = gettext_lazy("Say first whether this is the organisation that is already known by this number.")


class PriceMissing(Invalid):
    """The price is to be agreed."""

    code = "price_missing"
    message = gettext_lazy("The price is to be agreed: write the price a year that you propose.")


class WordsMissing(Invalid):
    """A question without words."""

    code = "words_missing"
    message = gettext_lazy("Write your question: it is sent as you write it.")


class ReasonMissing(Invalid):
    """A refusal without a reason."""

    code = "reason_not_chosen"
    message = gettext_lazy("Choose a reason: the person reads it, and the report of the wave counts it.")


class PeerMissing(Invalid):
    """Passed on to nobody."""

    code = "peer_missing"
    message = gettext_lazy("Choose the host to pass this request on to.")


class UnknownDecision(Invalid):
    code = "unknown_decision"
    message = gettext_lazy("Choose what you decide.")


@dataclass(frozen=True)
class Answer:
    """What a reviewer answered, as it was typed."""

    decision: str
    by: Person
    words: str = ""
    reason: str = ""
    peer: PeerHost | None = None
    agreed_cents: int | None = None
    place: Wave | None = None


@dataclass
class Outcome:
    """What became of several requests at once: done, and refused with why."""

    done: list[Request] = field(default_factory=list)
    refused: list[tuple[Request, Refusal]] = field(default_factory=list)


def decide(
    *,
    request: Request,
    decision: str,
    by: Person,
    version: int,
    words: str = "",
    reason: str = "",
    peer: PeerHost | None = None,
    agreed_cents: int | None = None,
    place: Wave | None = None,
) -> Request:
    """Answer a request: accept, waiting, ask, redirect or decline; the asker is told by mail.

    ``version`` is the one that was read: ``AlreadyDecided`` when somebody was faster, with who, what and when.
    ``place``: the wave whose capacity an acceptance takes (its own unless said). ``agreed_cents``: price a year.
    """
    answer = Answer(decision, by, words.strip(), reason, peer, agreed_cents, place)
    if decision not in BECOMES:
        raise UnknownDecision(field="decision")
    with transaction.atomic():
        request = locked(request=request)
        _refuse_second(request, version, BECOMES[decision])
        _CHECKS[decision](request, answer)
        if request.state == "accepted":
            _take_back_agreement(request, by)
        changes = _marks(request, answer) | _EXTRA[decision](request, answer)
        move(request=request, to=BECOMES[decision], **changes)
        _AFTER[decision](request, answer)
        conversations.answered(conversation=conversation_of(request=request), by=by)
        record(what=f"request.{BECOMES[decision]}", request=request, actor=by)
    return request


def decide_many(
    *,
    requests: Sequence[tuple[Request, int]],
    decision: str,
    by: Person,
    words: str = "",
    reason: str = "",
    place: Wave | None = None,
) -> Outcome:
    """Give several requests, each with the version that was read, the same answer; one refused does not stop the others."""
    outcome = Outcome()
    for request, version in requests:
        try:
            done = decide(
                request=request, decision=decision, by=by, version=version, words=words, reason=reason, place=place
            )
            outcome.done.append(done)
        except Refusal as refusal:
            outcome.refused.append((request, refusal))
    return outcome


def reopen(*, request: Request, by: Person, version: int, words: str = "") -> Request:
    """Correct a decision: back to review, until the referent has agreed; the asker is told."""
    with transaction.atomic():
        request = locked(request=request)
        _refuse_second(request, version, "in_review")
        if request.state == "accepted":
            _take_back_agreement(request, by)
        changes = _marks(request, Answer("reopen", by, words.strip()))
        move(request=request, to="in_review", place=None, redirected_to=None, purge_on=None, **changes)
        keep_address(request=request)
        _tell_thread(request, by)
        emails.send_reopened(request)
        record(what="request.reopened", request=request, actor=by)
    return request


def start_review(*, request: Request, by: Person) -> Request:
    """Say that somebody is reading a request that has just come in, or take one from the waiting list."""
    with transaction.atomic():
        request = locked(request=request)
        move(request=request, to="in_review")
        record(what="request.in_review", request=request, actor=by, visible="host")
    return request


def _refuse_second(request: Request, version: int, to: str) -> None:
    if request.version == version and REQUEST.allows(request.state, to):
        return
    who = request.decided_by.name if request.decided_by else ""
    said = {"who": who or request.person_name, "what": LABELS[request.state], "when": moment_in_words(request.since)}
    words = _("%(who)s was faster. It is now: %(what)s, since %(when)s. Nothing was sent twice.") % said
    if request.state == "withdrawn":
        words = _("%(who)s has withdrawn this request on %(when)s. Nothing was sent.") % said
    details: dict[str, Any] = {
        "state": request.state,
        "decision": request.decision,
        "by": who,
        "at": request.since.isoformat(),
        "version": request.version,
    }
    raise AlreadyDecided(words, **details)


def _marks(request: Request, answer: Answer) -> dict[str, Any]:
    return {
        "version": request.version + 1,
        "decision": answer.decision,
        "decided_at": clock.now(),
        "decided_by": answer.by,
        "decision_words": answer.words,
        "decision_reason": answer.reason if answer.decision == "decline" else "",
    }


def _take_back_agreement(request: Request, by: Person) -> None:
    if request.agreement is not None:
        agreements.withdraw(agreement=request.agreement, by=by)
        request.agreement = None
    request.place, request.agreed_cents = None, None


# What each decision asks for.


def _check_accept(request: Request, answer: Answer) -> None:
    if request.same_as is not None or request.organisation is None:
        raise SameOrganisationUndecided
    if request.price_level == "agreed" and answer.agreed_cents is None:
        raise PriceMissing(field="agreed_price")
    place = answer.place or request.wave
    foreign = place is not None and (place.service_id != request.service_id or place.state not in ("open", "closed"))
    if foreign or (place is not None and places_left(locked_wave(wave=place)) < 1):
        raise NoPlaceLeft(field="place")


def _check_ask(_request: Request, answer: Answer) -> None:
    if not answer.words:
        raise WordsMissing(field="words")


def _check_redirect(request: Request, answer: Answer) -> None:
    if not request.redirect_consent:
        raise NoConsent(field="decision")
    if answer.peer is None or not answer.peer.active:
        raise PeerMissing(field="peer")


def _check_decline(_request: Request, answer: Answer) -> None:
    if answer.reason not in REASONS:
        raise ReasonMissing(field="reason")


def _check_nothing(_request: Request, _answer: Answer) -> None:
    return


# What else each decision writes with the move.


def _extra_accept(request: Request, answer: Answer) -> dict[str, Any]:
    return {"place": answer.place or request.wave, "agreed_cents": answer.agreed_cents}


def _extra_end(_request: Request, answer: Answer) -> dict[str, Any]:
    purge_on = clock.add_months(clock.today(), KEEP_NAMES_MONTHS)
    peer = answer.peer if answer.decision == "redirect" else None
    return {"purge_on": purge_on, "redirected_to": peer}


def _extra_nothing(_request: Request, _answer: Answer) -> dict[str, Any]:
    return {}


# What each decision does once the request has moved.


def _after_accept(request: Request, answer: Answer) -> None:
    assert request.organisation is not None
    email, name = referent_of(request=request)
    agreement, token = agreements.propose(
        organisation=request.organisation,
        service=request.service,
        tier=request.tier,
        price_level=request.price_level,
        own_cents=request.own_cents,
        agreed_cents=request.agreed_cents,
        about=("request", request.public_id),
        referent_email=email,
        referent_name=name,
        language=request.language,
        by=answer.by,
    )
    request.agreement = agreement
    request.save(update_fields=["agreement"])
    _tell_thread(request, answer.by)
    emails.send_accepted(request, agreement, token)
    if email.lower() != request.email.lower():
        emails.send_accepted_elsewhere(request, agreement)


def _after_waiting(request: Request, answer: Answer) -> None:
    _tell_thread(request, answer.by)
    emails.send_waiting(request)


def _after_ask(request: Request, answer: Answer) -> None:
    conversations.write(conversation=conversation_of(request=request), side="host", body=answer.words, author=answer.by)


def _after_redirect(request: Request, answer: Answer) -> None:
    assert answer.peer is not None
    spaces.release_reserved(for_request=request.public_id)
    _tell_thread(request, answer.by)
    with override(host.current().languages[0]):
        recap = pairs_of(request)
    emails.send_to_peer(request, answer.peer, recap)
    emails.send_redirected(request, answer.peer)


def _after_decline(request: Request, answer: Answer) -> None:
    spaces.release_reserved(for_request=request.public_id)
    _tell_thread(request, answer.by)
    emails.send_declined(request)


def _tell_thread(request: Request, by: Person) -> None:
    with override(request.language):
        text = _("%(decision)s, by %(name)s") % {"decision": LABELS[request.state], "name": by.name}
        if request.decision_words:
            text = f"{text}{pgettext('before a value', ':')} {request.decision_words}"
    conversations.record_event(conversation=conversation_of(request=request), text=text)


def referent_of(*, request: Request) -> tuple[str, str]:
    """Return address and name of who is to agree: the asker, unless the organisation has another referent."""
    people = referents_of(request.organisation) if request.organisation else []
    if not people or request.person in people:
        return request.email, request.person_name
    return people[0].email, people[0].name


_CHECKS: dict[str, Callable[[Request, Answer], None]] = {
    "accept": _check_accept,
    "waiting": _check_nothing,
    "ask": _check_ask,
    "redirect": _check_redirect,
    "decline": _check_decline,
}
_EXTRA: dict[str, Callable[[Request, Answer], dict[str, Any]]] = {
    "accept": _extra_accept,
    "waiting": _extra_nothing,
    "ask": _extra_nothing,
    "redirect": _extra_end,
    "decline": _extra_end,
}
_AFTER: dict[str, Callable[[Request, Answer], None]] = {
    "accept": _after_accept,
    "waiting": _after_waiting,
    "ask": _after_ask,
    "redirect": _after_redirect,
    "decline": _after_decline,
}
