# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every write of this app: conversations, messages by page and by mail, the mailbox that is read."""

from archipel.conversations.operations.erasing import acknowledge_stray, erase_conversation, forget_author, purge
from archipel.conversations.operations.mailboxes import (
    ClearConnection,
    MailboxDoesNotOpen,
    poll_mailboxes,
    set_mailbox,
)
from archipel.conversations.operations.receiving import Received, receive_mail
from archipel.conversations.operations.threads import (
    add_participant,
    follow_ended_role,
    open_conversation,
    remove_participant,
)
from archipel.conversations.operations.writing import (
    FilesTooLarge,
    NothingWritten,
    TooLong,
    answered,
    confirm_message,
    note,
    record_event,
    write,
)

__all__ = [
    "ClearConnection",
    "FilesTooLarge",
    "MailboxDoesNotOpen",
    "NothingWritten",
    "Received",
    "TooLong",
    "acknowledge_stray",
    "add_participant",
    "answered",
    "confirm_message",
    "erase_conversation",
    "follow_ended_role",
    "forget_author",
    "note",
    "open_conversation",
    "poll_mailboxes",
    "purge",
    "receive_mail",
    "record_event",
    "remove_participant",
    "set_mailbox",
    "write",
]
