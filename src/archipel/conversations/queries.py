# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

from django.forms import Form
from django.utils.translation import gettext as _

from archipel.conversations.forms import DeskReplyForm, ReplyForm
from archipel.conversations.models import Attachment, Conversation, Mailbox, Message, StrayMail
from archipel.host import queries as host
from archipel.kernel import clock
from archipel.kernel.today import TodayLine

LINES = 100
PROBLEM_SHOWN_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class ThreadFile:
    name: str
    size: int
    url: str


@dataclass(frozen=True)
class ThreadLine:
    """One entry of a thread as one side sees it. ``css`` is us, them, note or event; ``address`` of an unexpected sender."""

    public_id: str
    css: Literal["us", "them", "note", "event"]
    author: str
    at: datetime
    body: str
    quoted: str
    by_mail: bool
    confirmed: bool
    address: str
    files: Sequence[ThreadFile]
    left_out: Sequence[dict[str, Any]]


@dataclass(frozen=True)
class Thread:
    """A conversation as one side sees it, with the form to go on."""

    conversation: Conversation
    for_host: bool
    lines: Sequence[ThreadLine]
    write_url: str
    form: Form = field(repr=False)


def thread(conversation: Conversation, *, for_host: bool, form: Form | None = None) -> Thread:
    """Return a conversation for the desk or for the hosted side; ``form`` is the one that came back with errors."""
    messages = Message.objects.filter(conversation=conversation).prefetch_related("attachments")
    if not for_host:
        # A mail that claims to come from the host is shown to nobody else before a human of the host confirmed it.
        messages = messages.exclude(kind="note").exclude(side="host", confirmed=False)
    face = "/desk" if for_host else ""
    return Thread(
        conversation=conversation,
        for_host=for_host,
        lines=[_line(message, for_host) for message in messages],
        write_url=f"{face}/conversations/{conversation.public_id}/write/",
        form=form or (DeskReplyForm() if for_host else ReplyForm()),
    )


def _line(message: Message, for_host: bool) -> ThreadLine:
    author = message.author_name or message.author_email
    if message.side == "host" and not for_host:
        author = f"{author}, {host.current().name}"
    return ThreadLine(
        public_id=message.public_id,
        css=_css(message, for_host),
        author=author,
        at=message.written_at,
        body=message.body,
        quoted=message.quoted,
        by_mail=message.by_mail,
        confirmed=message.confirmed,
        address=message.author_email,
        files=[ThreadFile(file.name, file.size, file_url(file)) for file in message.attachments.all()],
        left_out=message.left_out,
    )


def _css(message: Message, for_host: bool) -> Literal["us", "them", "note", "event"]:
    if message.kind in ("note", "event"):
        return message.kind  # type: ignore[return-value]  # held by a constraint
    return "us" if (message.side == "host") == for_host and message.confirmed else "them"


def file_url(attachment: Attachment) -> str:
    """Return where a file is downloaded."""
    return f"/conversations/files/{attachment.public_id}/"


def about(kind: str, public_id: str) -> Conversation | None:
    """Return the conversation about an object, if there is one."""
    found = Conversation.objects.filter(about_kind=kind, about_id=public_id)
    return found.select_related("organisation").first()


def mailbox() -> Mailbox | None:
    """Return the mailbox that is read."""
    return Mailbox.objects.first()


def stray_mails() -> list[StrayMail]:
    """Return the mails nobody could read and nobody looked at, oldest first."""
    return list(StrayMail.objects.filter(seen_at=None).order_by("received_at")[:LINES])


def today_lines(*, limit: int = 200) -> list[TodayLine]:
    """Return conversations that wait for the host, mails that could not be read, a mailbox that does not answer."""
    lines = _waiting_lines(limit) + [_stray_line(stray) for stray in stray_mails()] + _mailbox_lines()
    return sorted(lines, key=lambda line: line.since)


def _waiting_lines(limit: int) -> list[TodayLine]:
    waiting = Conversation.objects.filter(waits_for_host=True).select_related("organisation").order_by("waits_since")
    found = list(waiting[:limit])
    doubtful = set(
        Message.objects.filter(conversation__in=found, confirmed=False).values_list("conversation_id", flat=True)
    )
    return [_waiting_line(conversation, conversation.pk in doubtful) for conversation in found]


def _waiting_line(conversation: Conversation, doubtful: bool) -> TodayLine:
    organisation = conversation.organisation.name if conversation.organisation else ""
    doubt = _("A mail from an unexpected sender is among the messages.") if doubtful else ""
    return TodayLine(
        since=conversation.waits_since or conversation.last_message_at,
        kind="message",
        badge=_("To answer"),
        title=conversation.subject,
        detail=" · ".join(part for part in (organisation, doubt) if part),
        act=_("Answer"),
        url=f"/desk/conversations/{conversation.public_id}/",
        verb="write",
        tone="care" if doubtful else "",
        public_id=conversation.public_id,
    )


def _stray_line(stray: StrayMail) -> TodayLine:
    return TodayLine(
        since=stray.received_at,
        kind="mail",
        badge=_("Unreadable"),
        title=_("A mail that came in could not be read"),
        detail=_("Its bytes are kept on the machine for 30 days: quarantine/%(name)s")
        % {"name": f"{stray.digest}.eml"},
        act=_("Look at it"),
        url="/desk/mails/mailbox/",
        verb="settings",
        tone="care",
        public_id=stray.public_id,
    )


def _mailbox_lines() -> list[TodayLine]:
    broken = Mailbox.objects.filter(active=True, problem_since__lt=clock.now() - PROBLEM_SHOWN_AFTER)
    return [
        TodayLine(
            since=row.problem_since or clock.now(),
            kind="mail",
            badge=_("Not read"),
            title=_("Answers by mail no longer arrive"),
            detail=f"{row.login} ({row.server}) · {row.last_problem}",
            act=_("See to the mailbox"),
            url="/desk/mails/mailbox/",
            verb="settings",
            tone="stop",
        )
        for row in broken
    ]
