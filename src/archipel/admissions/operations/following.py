# SPDX-License-Identifier: AGPL-3.0-or-later
"""What happens around the decision: answers, withdrawal, agreement, opening, and the few things a human settles."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from archipel.admissions import emails
from archipel.admissions.models import Request
from archipel.admissions.operations.confirmations import make_organisation
from archipel.admissions.operations.decisions import KEEP_NAMES_MONTHS
from archipel.admissions.operations.moving import conversation_of, locked, move, record, thread_of
from archipel.admissions.states import BEFORE_AGREED, LABELS
from archipel.agreements import operations as agreements
from archipel.agreements.access import agreement_by_token
from archipel.agreements.models import Agreement
from archipel.conversations import operations as conversations
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import NotFound, Refusal
from archipel.organisations import operations as organisations
from archipel.organisations.models import Membership
from archipel.spaces import operations as spaces
from archipel.spaces.addresses import check_label, suggest_label
from archipel.spaces.models import Space


class TooLateToWithdraw(Refusal):
    """It was agreed: what was opened is closed by its own page."""

    code = "too_late_to_withdraw"
    message = gettext_lazy("This request has been agreed to: close what was opened from its own page instead.")


class NothingToSettle(Refusal):
    """Somebody has said already whether the two organisations are one."""

    code = "nothing_to_settle"
    message = gettext_lazy("Somebody has already settled this.")


class NothingToRemind(Refusal):
    """No agreement waits for an answer."""

    code = "nothing_to_remind"
    message = gettext_lazy("No agreement waits for an answer here any more.")


def withdraw(*, request: Request, by: Person | None = None) -> Request:
    """Take a request back, as its asker, at any moment before it is agreed (``TooLateToWithdraw``). Repeatable."""
    with transaction.atomic():
        request = locked(request=request)
        if request.state == "withdrawn":
            return request
        if request.state not in BEFORE_AGREED:
            raise TooLateToWithdraw
        sent = request.state != "draft"
        if request.agreement is not None:
            agreements.withdraw(agreement=request.agreement, by=by)
        spaces.release_reserved(for_request=request.public_id)
        purge_on = clock.add_months(clock.today(), KEEP_NAMES_MONTHS)
        changes = {"agreement": None, "place": None, "version": request.version + 1, "decision_words": ""}
        move(request=request, to="withdrawn", purge_on=purge_on, confirm_digest=None, **changes)
        if sent:
            _tell_thread(request)
            emails.send_withdrawn(request)
            record(what="request.withdrawn", request=request, actor=by or request.person)
    return request


def answer(*, request: Request, body: str) -> None:
    """Write in the thread as the asker, by the secret link of their mails (refusals of ``conversations``)."""
    if request.person is None or request.purged_at is not None:
        raise NotFound
    conversations.write(conversation=conversation_of(request=request), side="them", body=body, author=request.person)


def answer_received(*, request: Request) -> bool:
    """The asker has written: a question that was asked is answered. False when none was. Repeatable."""
    with transaction.atomic():
        request = locked(request=request)
        if request.state != "question":
            return False
        move(request=request, to="in_review")
        # The request itself is the line on Today now: its thread need not be a second one.
        conversations.answered(conversation=conversation_of(request=request), by=None)
        record(what="request.answered", request=request, actor=request.person, visible="host")
    return True


def attach_to_known(*, request: Request, by: Person) -> Request:
    """Say that the asker belongs to the organisation known by the same number; they become one of its people."""
    with transaction.atomic():
        request = locked(request=request)
        if request.same_as is None or request.person is None:
            raise NothingToSettle
        request.organisation, request.same_as = request.same_as, None
        request.save(update_fields=["organisation", "same_as"])
        roles = Membership.objects.filter(organisation=request.organisation, ended_at=None)
        if not roles.filter(person=request.person).exists():
            role = "member" if roles.filter(role="referent").exists() else "referent"
            organisations.give_role(organisation=request.organisation, person=request.person, role=role, by=by)
        conversation_of(request=request)
        record(what="request.attached", request=request, actor=by, visible="host")
    return request


def keep_separate(*, request: Request, by: Person) -> Request:
    """Say that they are two organisations; the new one is made without the number that the other has."""
    with transaction.atomic():
        request = locked(request=request)
        if request.same_as is None:
            raise NothingToSettle
        request.same_as = None
        request.organisation = make_organisation(request=request)
        request.save(update_fields=["organisation", "same_as"])
        conversation_of(request=request)
        record(what="request.kept_separate", request=request, actor=by, visible="host")
    return request


def change_address(*, request: Request, label: str, by: Person) -> Request:
    """Wish for another address of the site, as agreed with the asker in the conversation."""
    with transaction.atomic():
        request = locked(request=request)
        if request.state not in BEFORE_AGREED or request.state == "draft":
            raise NothingToSettle
        cleaned = check_label(label, for_request=request.public_id, field="wished_address")
        spaces.reserve_address(label=cleaned, for_request=request.public_id)
        request.wished_address = cleaned
        request.save(update_fields=["wished_address"])
        record(what="request.address_changed", request=request, actor=by, address=cleaned)
    return request


def remind(*, request: Request, by: Person) -> Request:
    """Mail the agreement again, with a fresh link; the former one stops working (``NothingToRemind``)."""
    with transaction.atomic():
        request = locked(request=request)
        if request.state != "accepted" or request.agreement is None:
            raise NothingToRemind
        token = agreements.new_link(agreement=request.agreement)
        emails.send_accepted(request, request.agreement, token)
        record(what="request.reminded", request=request, actor=by, visible="host")
    return request


def agree(
    *, public_id: str, token: str, person: Person | None = None, from_address: str | None = None
) -> tuple[Request, Agreement]:
    """Agree to what was proposed for a request, by the token of its link (``NotFound`` when it is another one's)."""
    agreement = agreement_by_token(token)
    if (agreement.about_kind, agreement.about_id) != ("request", public_id):
        raise NotFound
    agreement = agreements.agree(agreement=agreement, person=person, from_address=from_address)
    return Request.objects.select_related("service").get(public_id=public_id), agreement


def open_agreed(*, request: Request) -> Request:
    """Open what was agreed to: its space is recorded and its procedure starts. Repeatable."""
    with transaction.atomic():
        request = locked(request=request)
        if request.state == "accepted":
            move(request=request, to="agreed", version=request.version + 1)
            record(what="request.agreed", request=request, actor=_who_agreed(request))
        if request.state != "agreed":
            return request
        assert request.organisation is not None
        counts_bytes = request.service.counted == "bytes" and request.tier is not None
        space = spaces.open_space(
            organisation=request.organisation,
            service=request.service,
            agreement=request.agreement,
            title=request.organisation_name,
            label=_label_for(request),
            quota_bytes=request.tier.amount if counts_bytes and request.tier else None,
            language=request.language,
            request_id=request.public_id,
            person=request.agreement.agreed_by if request.agreement else None,
        )
        move(request=request, to="opening", space=space)
    return request


def mark_open(*, request: Request, space: Space) -> Request:
    """Say that what was asked for is open. The space tells its referent; the thread says it here. Repeatable."""
    with transaction.atomic():
        request = locked(request=request)
        if request.state != "opening":
            return request
        move(request=request, to="open", space=space)
        _tell_thread(request)
        record(what="request.open", request=request)
    return request


def opening_abandoned(*, request: Request) -> Request:
    """A human cancelled the opening: the agreement ends, and the request is to be decided again. Repeatable."""
    with transaction.atomic():
        request = locked(request=request)
        if request.state != "opening":
            return request
        if request.agreement is not None:
            agreements.end(agreement=request.agreement)
        move(request=request, to="in_review", place=None, space=None, version=request.version + 1, decision="reopen")
        record(what="request.opening_abandoned", request=request, visible="host")
    return request


def _who_agreed(request: Request) -> Person | str | None:
    agreement = request.agreement
    return (agreement.agreed_by or agreement.referent_name) if agreement else None


def _label_for(request: Request) -> str:
    """Return the wished address, or the nearest free one when it was lost in the meantime."""
    if not request.wished_address:
        return suggest_label(request.organisation_name) if request.service.connector else ""
    try:
        return check_label(request.wished_address, for_request=request.public_id)
    except Refusal:
        return suggest_label(request.wished_address)


def _tell_thread(request: Request) -> None:
    with override(request.language):
        text = _("Request: %(state)s") % {"state": LABELS[request.state]}
    conversations.record_event(conversation=thread_of(request=request), text=text)
