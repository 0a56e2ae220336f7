# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mails that come in: answers to conversations, reports of servers, and what must not be let in."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import asdict, dataclass
from typing import Literal

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from archipel.conversations import files as disk
from archipel.conversations.models import Conversation, Delivery, Message, Participant, StrayMail
from archipel.conversations.parsing import ParsedMail, parse
from archipel.conversations.posting import add_message, attach, publish, wait_for_host
from archipel.conversations.quotes import cut
from archipel.identity import limits
from archipel.kernel import clock
from archipel.kernel.references import digest
from archipel.kernel.refusals import TooMany
from archipel.mailing import addresses
from archipel.mailing import operations as mailing
from archipel.mailing.models import Email
from archipel.mailing.reports import is_report, read_report

logger = logging.getLogger("archipel.mail")

MAILS_AN_HOUR = 20  # of one participant; above, it is a loop or a mistake
LARGEST_MAIL = 40 * 1000 * 1000  # bytes, attachments encoded

Outcome = Literal[
    "kept", "unconfirmed", "duplicate", "report", "automatic", "loop", "too_many", "unknown", "unreadable"
]


@dataclass(frozen=True)
class Received:
    """What became of a mail.

    kept · unconfirmed (kept, from an unexpected sender) · duplicate · report (of a server) · automatic, loop (left out)
    · too_many (to be presented again later) · unknown (belongs to no conversation) · unreadable (kept aside).
    """

    outcome: Outcome
    message_id: str = ""


def receive_mail(*, raw: bytes, return_path: str | None = None) -> Received:
    """Take in one mail as it came; whatever its bytes, never an exception because of them.

    ``return_path`` is the sender of the envelope as the way in knows it (``"<>"``: none), else the header is read.
    """
    try:
        if len(raw) > LARGEST_MAIL:
            raise ValueError(f"{len(raw)} bytes")
        mail = parse(raw, return_path)
        report = read_report(mail.message, mail.sent_to) if _may_be_report(mail) else None
    except Exception as error:  # mails are made by anybody: what the parsers trip over waits for a human
        return _set_aside(raw, error)
    if report is not None:
        known = mailing.receive_report(report=report)
        return Received("report" if known else "unknown")
    refusal = _not_let_in(mail)
    if refusal:
        logger.info("mail %s left out: %s", mail.mail_id, refusal)
        return Received(refusal)
    participant = _participant_of(mail)
    if participant is None:
        return Received("unknown")
    return _take_in(mail, participant)


def _may_be_report(mail: ParsedMail) -> bool:
    return is_report(mail.message) or mail.null_sender or any(addresses.bounced_id(to) for to in mail.sent_to)


def _not_let_in(mail: ParsedMail) -> Literal["automatic", "loop", ""]:
    if addresses.loop_mark() in mail.loop_marks or Email.objects.filter(message_id=mail.mail_id).exists():
        return "loop"
    return "automatic" if mail.automatic or mail.null_sender or is_report(mail.message) else ""


def _participant_of(mail: ParsedMail) -> Participant | None:
    """Find who was written to by the token in the address, else by the message that is answered."""
    rows = Participant.objects.select_related("conversation", "person")
    digests = [digest(token) for address in mail.sent_to if (token := addresses.token_of(address))]
    found = rows.filter(token_digest__in=digests).order_by("pk").first() if digests else None
    if found is None and mail.references:
        answered = Delivery.objects.filter(mail_id__in=mail.references).order_by("-pk").first()
        found = rows.get(pk=answered.participant_id) if answered else None
    return found


def _take_in(mail: ParsedMail, participant: Participant) -> Received:
    conversation = participant.conversation
    if Message.objects.filter(mail_id=mail.mail_id).exists():
        return Received("duplicate")
    try:
        limits.check(f"participant:{participant.pk}", "conversations.mail", MAILS_AN_HOUR, 3600)
    except TooMany:
        return Received("too_many")
    author = _author_of(mail, participant)
    stored = [disk.store(file.name, file.content_type, [file.content]) for file in mail.files]
    try:
        with transaction.atomic():
            message = _write(conversation, mail, participant, author)
            attach(message, stored)
            if author is not None:
                publish(message)
            elif participant.side == "them":
                wait_for_host(conversation, True)
    except IntegrityError:
        if not Message.objects.filter(mail_id=mail.mail_id).exists():
            raise
        return Received("duplicate")  # the same mail came by two ways at once
    return Received("kept" if author is not None else "unconfirmed", message.public_id)


def _author_of(mail: ParsedMail, participant: Participant) -> Participant | None:
    """Return who wrote: the participant, or another one of their side who answered in their place; None if unexpected."""
    if participant.left_at is None and mail.from_address in _addresses_of(participant):
        return participant
    same_side = participant.conversation.participants.filter(side=participant.side, left_at=None)
    mine = Q(email=mail.from_address) | Q(person__email__iexact=mail.from_address)
    return same_side.filter(mine).select_related("person").first() if mail.from_address else None


def _addresses_of(participant: Participant) -> set[str]:
    own = {participant.email}
    return own | {addresses.normalised(participant.person.email)} if participant.person else own


def _write(
    conversation: Conversation, mail: ParsedMail, participant: Participant, author: Participant | None
) -> Message:
    words = cut(mail.text)
    name = author.name if author is not None else mail.from_name
    return add_message(
        conversation,
        kind="message",
        side=participant.side,
        body=words.body,
        quoted=words.quoted,
        author=author.person if author is not None else None,
        author_name=name or mail.from_name or _("Unknown sender"),
        author_email=mail.from_address,
        confirmed=author is not None,
        by_mail=True,
        mail_id=mail.mail_id,
        left_out=[asdict(left) for left in mail.left_out],
    )


def _set_aside(raw: bytes, error: Exception) -> Received:
    fingerprint = hashlib.sha256(raw).hexdigest()
    logger.warning("unreadable mail %s: %s", fingerprint, type(error).__name__)
    disk.set_aside(fingerprint, raw)
    StrayMail.objects.get_or_create(
        digest=fingerprint,
        defaults={
            "size": len(raw),
            "problem": f"{type(error).__name__}: {error}"[:300].replace("\x00", ""),
            "received_at": clock.now(),
        },
    )
    return Received("unreadable")
