# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Count, Min, QuerySet
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from archipel.kernel import clock, keys
from archipel.kernel.figures import Figure
from archipel.kernel.refusals import NotFound
from archipel.kernel.today import TodayLine
from archipel.mailing.models import Email, Suppression
from archipel.mailing.states import FAILED, State

STUCK_AFTER = timedelta(hours=1)
MAILS_URL = "/desk/mails/"
_LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")


def failed_unseen() -> QuerySet[Email]:
    """Return the messages that did not arrive and that nobody dealt with, apart from those to a suppressed address."""
    suppressed = Suppression.objects.values("email")
    return Email.objects.filter(state__in=FAILED, seen_at=None).exclude(to_address__in=suppressed).order_by("failed_at")


def today_lines(*, limit: int = 200) -> list[TodayLine]:
    """Return addresses that receive nothing any more, messages that did not arrive, and a mail server that is silent."""
    lines = [_suppression_line(row) for row in Suppression.objects.filter(seen_at=None).order_by("since")[:limit]]
    lines += [_failure_line(email) for email in failed_unseen()[:limit]]
    return sorted(lines + _stuck_lines(), key=lambda line: line.since)


def _suppression_line(row: Suppression) -> TodayLine:
    who = row.person_name or row.email
    return TodayLine(
        since=row.since,
        kind="mail",
        badge=str(row.get_reason_display()),
        title=_("%(who)s no longer receives our messages") % {"who": who},
        detail=f"{row.email} · {row.detail}" if row.detail else row.email,
        act=_("Find another way"),
        url=f"{MAILS_URL}#suppressed-{row.pk}",
        verb="mail",
        tone="stop",
        public_id=str(row.pk),
    )


def _failure_line(email: Email) -> TodayLine:
    who = email.to_name or email.to_address
    return TodayLine(
        since=email.failed_at or email.created_at,
        kind="mail",
        badge=str(email.get_state_display()),
        title=_("A message did not reach %(who)s") % {"who": who},
        detail=f"« {email.subject} » · {email.to_address}",
        act=_("Look at it"),
        url=f"{MAILS_URL}#mail-{email.public_id}",
        verb="mail",
        tone="care",
        public_id=email.public_id,
    )


def figures() -> list[Figure]:
    """Return how many messages wait to leave, and for how long the first one has."""
    found = Email.objects.filter(state=State.WAITING).aggregate(count=Count("pk"), since=Min("created_at"))
    waited = (clock.now() - found["since"]).total_seconds() if found["since"] else 0.0
    return [
        Figure("mails_waiting", "Messages waiting to leave", {"": found["count"]}),
        Figure("oldest_mail_seconds", "How long the first of them has waited", {"": max(0.0, waited)}),
    ]


def _stuck_lines() -> list[TodayLine]:
    late = Email.objects.filter(state=State.WAITING, created_at__lt=clock.now() - STUCK_AFTER)
    found = late.aggregate(count=Count("pk"), since=Min("created_at"))
    if not found["count"]:
        return []
    problem = late.exclude(last_problem="").order_by("-created_at").values_list("last_problem", flat=True).first()
    title = ngettext("%(count)d message is waiting to leave", "%(count)d messages are waiting to leave", found["count"])
    return [
        TodayLine(
            since=found["since"],
            kind="mail",
            badge=_("Not leaving"),
            title=title % {"count": found["count"]},
            detail=problem or _("Nothing was tried yet: is the worker running?"),
            act=_("Look at it"),
            url=MAILS_URL,
            verb="mail",
            tone="care",
        )
    ]


@dataclass(frozen=True)
class ReadableMail:
    """A message as its addressee reads it; ``html`` is the same text with links that can be followed."""

    id: str
    subject: str
    to: str
    to_name: str
    sender: str
    reply_to: str
    at: datetime
    state: str
    text: str
    html: SafeString


def demonstration_mails(*, to: str = "", after: datetime | None = None) -> QuerySet[Email]:
    """Return what would have been sent, newest first; ``NotFound`` outside the demonstration."""
    if not settings.DEMONSTRATION:
        raise NotFound
    found = Email.objects.filter(sent_at__isnull=False)
    if to:
        found = found.filter(to_address__icontains=to.strip().lower())
    if after:
        found = found.filter(sent_at__gt=after)
    return found.order_by("-sent_at", "-pk")


def demonstration_mail(public_id: str) -> ReadableMail:
    """Return one message of the demonstration with its text (``NotFound`` elsewhere)."""
    email = demonstration_mails().filter(public_id=public_id).first()
    if email is None:
        raise NotFound
    return readable(email)


def readable(email: Email) -> ReadableMail:
    """Open a message; for the demonstration and for its addressee only, never for the desk."""
    text = keys.unlock(email.locked_body) if email.locked_body else ""
    return ReadableMail(
        id=email.public_id,
        subject=email.subject,
        to=email.to_address,
        to_name=email.to_name,
        sender=email.from_name,
        reply_to=email.reply_to,
        at=email.sent_at or email.created_at,
        state=email.state,
        text=text,
        html=with_links(text),
    )


def with_links(text: str) -> SafeString:
    """Return escaped text whose addresses can be followed."""
    parts, end = [], 0
    for found in _LINK.finditer(text):
        url = escape(found[0])
        parts += [escape(text[end : found.start()]), f'<a href="{url}" rel="noreferrer">{url}</a>']
        end = found.end()
    return mark_safe("".join([*parts, escape(text[end:])]))  # noqa: S308 - each part was escaped, the tags are ours


def latest(search: str = "") -> QuerySet[Email]:
    """Return every message, newest first, without its text, for the desk."""
    found = Email.objects.defer("locked_body").order_by("-created_at", "-pk")
    if search:
        found = found.filter(to_address__icontains=search.strip().lower())
    return found


def suppressions() -> QuerySet[Suppression]:
    """Return the addresses nothing is sent to, those nobody dealt with first."""
    return Suppression.objects.order_by("seen_at", "since")
