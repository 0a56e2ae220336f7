# SPDX-License-Identifier: AGPL-3.0-or-later
"""The mailbox that brings answers by mail: where it is, and reading it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.module_loading import import_string
from django.utils.translation import gettext_lazy as _

from archipel.conversations.models import Mailbox
from archipel.conversations.operations.receiving import receive_mail
from archipel.conversations.ports import MailboxAddress, MailboxReader, Verdict
from archipel.history import operations as history
from archipel.kernel import clock, keys
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.kernel.refusals import Refusal

NAME = "replies"
KEPT_DAYS = 30


class MailboxDoesNotOpen(Refusal):
    """The mailbox was tried with what was typed, and did not open."""

    code = "mailbox_does_not_open"
    message = _("The mailbox does not open: its server did not answer, or refused the name or the password.")


class ClearConnection(Refusal):
    """A password would travel in clear to another machine."""

    code = "clear_connection"
    message = _("Without encryption, only a mailbox of this very machine can be read.")


def set_mailbox(
    *, server: str, port: int, security: str, login: str, secret: str, folder: str, active: bool, by: Any
) -> Mailbox:
    """Try the mailbox, then keep it; an empty secret keeps the earlier one (``MailboxDoesNotOpen``, ``ClearConnection``).

    A mailbox that is switched off is kept without being tried.
    """
    present = Mailbox.objects.filter(name=NAME).first()
    known = secret or (keys.unlock(present.locked_secret) if present else "")
    address = MailboxAddress(server, port, security, login, known, folder)  # type: ignore[arg-type]  # checked by the form and a constraint
    if active:
        _try(address)
    with transaction.atomic():
        mailbox, _made = Mailbox.objects.update_or_create(
            name=NAME,
            defaults={
                "server": server,
                "port": port,
                "security": security,
                "login": login,
                "locked_secret": keys.lock(known),
                "folder": folder,
                "active": active,
                "last_problem": "",
                "problem_since": None,
            },
        )
        about = ("mailbox", NAME, f"{login} ({server})")
        history.record(what="mailbox.set", about=about, actor=by, visible="host")
    return mailbox


def _try(address: MailboxAddress) -> None:
    try:
        mailbox_reader().check(address)
    except RefusedOutside as refusal:
        if refusal.code == "bad_input":
            raise ClearConnection(field="security") from refusal
        raise MailboxDoesNotOpen(reason=refusal.reason) from refusal
    except TryLater as later:
        raise MailboxDoesNotOpen(reason=later.reason) from later


def mailbox_reader() -> MailboxReader:
    """Return what fills the port (setting ``MAILBOX_READER``)."""
    build: Callable[[], MailboxReader] = import_string(settings.MAILBOX_READER)
    return build()


def poll_mailboxes(*, reader: MailboxReader | None = None) -> int:
    """Read each active mailbox and return how many mails were taken in; a problem is kept with the mailbox."""
    count = 0
    for mailbox in Mailbox.objects.filter(active=True):
        try:
            count += (reader or mailbox_reader()).read(_address_of(mailbox), _take, kept_days=KEPT_DAYS)
        except (TryLater, RefusedOutside) as problem:
            _record(mailbox, problem.reason)
        else:
            _record(mailbox, "")
    return count


def _take(raw: bytes) -> Verdict:
    outcome = receive_mail(raw=raw).outcome
    if outcome == "unknown":
        return "unknown"
    return "later" if outcome == "too_many" else "done"


def _address_of(mailbox: Mailbox) -> MailboxAddress:
    return MailboxAddress(
        server=mailbox.server,
        port=mailbox.port,
        security=mailbox.security,  # type: ignore[arg-type]  # held by a constraint
        login=mailbox.login,
        secret=keys.unlock(mailbox.locked_secret),
        folder=mailbox.folder,
    )


def _record(mailbox: Mailbox, problem: str) -> None:
    now = clock.now()
    mailbox.last_problem = problem[:500]
    mailbox.problem_since = (mailbox.problem_since or now) if problem else None
    mailbox.last_read_at = mailbox.last_read_at if problem else now
    mailbox.save(update_fields=["last_problem", "problem_since", "last_read_at"])
