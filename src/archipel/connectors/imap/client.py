# SPDX-License-Identifier: AGPL-3.0-or-later
"""Speaks IMAP (RFC 3501), with timeouts, by UID, and tells the server's answers apart."""

from __future__ import annotations

import imaplib
import re
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from archipel.conversations.ports import MailboxAddress
from archipel.kernel.outside import RefusedOutside, TryLater

LOOPBACK = {"localhost", "127.0.0.1", "::1"}
TIMEOUT = 30  # seconds for each answer of the server
_SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


class ImapMailbox:
    """An open folder. Every failure leaves as ``TryLater`` or ``RefusedOutside``."""

    def __init__(self, connection: imaplib.IMAP4, *, keywords: bool, expunges: bool) -> None:
        self._connection = connection
        self.keywords = keywords
        self._expunges = expunges

    def search(self, *criteria: str) -> list[bytes]:
        """Return the UIDs that match, oldest first."""
        found = self._uid("SEARCH", *criteria)
        return sorted(found[0].split(), key=int) if found and isinstance(found[0], bytes) else []

    def size(self, uid: bytes) -> int:
        """Return the size of a mail in bytes; 0 when it is gone."""
        for piece in self._uid("FETCH", uid.decode(), "(RFC822.SIZE)"):
            if isinstance(piece, bytes) and (found := _SIZE.search(piece)):
                return int(found[1])
        return 0

    def fetch(self, uid: bytes) -> bytes | None:
        """Return a mail without marking it as read; None when it is gone."""
        for piece in self._uid("FETCH", uid.decode(), "(BODY.PEEK[])"):
            if isinstance(piece, tuple):
                return bytes(piece[1])
        return None

    def flag(self, uid: bytes, *flags: str) -> None:
        self._uid("STORE", uid.decode(), "+FLAGS.SILENT", f"({' '.join(flags)})")

    def move(self, uid: bytes, folder: str) -> bool:
        """Move a mail, making the folder when it is missing; False when the server does not let us."""
        name = _quoted(folder)
        status, _said = self._call("uid", "COPY", uid.decode(), name)
        if status != "OK":
            self._call("create", name)
            status, _said = self._call("uid", "COPY", uid.decode(), name)
        if status != "OK":
            return False
        self.delete([uid])
        return True

    def delete(self, uids: list[bytes]) -> None:
        """Delete mails for good, and no other one that somebody else marked so."""
        if not uids:
            return
        listed = b",".join(uids).decode()
        self._uid("STORE", listed, "+FLAGS.SILENT", r"(\Deleted)")
        if self._expunges:
            self._uid("EXPUNGE", listed)

    def _uid(self, command: str, *words: str) -> list[bytes | tuple[bytes, bytes] | None]:
        status, said = self._call("uid", command, *words)
        if status != "OK":
            raise TryLater(f"the mailbox refused {command}: {_text(said)}")
        return said

    def _call(self, method: str, *words: str) -> tuple[str, list[bytes | tuple[bytes, bytes] | None]]:
        try:
            status, said = getattr(self._connection, method)(*words)
        except (imaplib.IMAP4.error, OSError) as error:
            raise TryLater(f"the mailbox broke off: {error or type(error).__name__}"[:300]) from error
        return str(status), list(said)


@contextmanager
def open_mailbox(
    address: MailboxAddress, *, tls: ssl.SSLContext | None = None, timeout: float = TIMEOUT
) -> Iterator[ImapMailbox]:
    """Sign in and open the folder; the connection is closed on leaving."""
    if address.security == "none" and address.server not in LOOPBACK:
        raise RefusedOutside("bad_input", "a password would travel in clear to another machine")
    connection = _connect(address, tls or ssl.create_default_context(), timeout)
    try:
        yield _signed_in(connection, address)
    finally:
        _close(connection)


def _connect(address: MailboxAddress, tls: ssl.SSLContext, timeout: float) -> imaplib.IMAP4:
    try:
        if address.security == "tls":
            return imaplib.IMAP4_SSL(address.server, address.port, ssl_context=tls, timeout=timeout)
        connection = imaplib.IMAP4(address.server, address.port, timeout=timeout)
        if address.security == "starttls":
            connection.starttls(tls)
    except (imaplib.IMAP4.error, OSError) as error:
        raise TryLater(f"the mailbox cannot be reached: {error or type(error).__name__}"[:300]) from error
    return connection


def _signed_in(connection: imaplib.IMAP4, address: MailboxAddress) -> ImapMailbox:
    try:
        connection.login(address.login, address.secret)
    except imaplib.IMAP4.abort as error:
        raise TryLater(f"the mailbox broke off: {error}"[:300]) from error
    except imaplib.IMAP4.error as error:
        if "UNAVAILABLE" in str(error):
            raise TryLater(f"the mailbox is not available: {error}"[:300]) from error
        raise RefusedOutside("forbidden", "the mailbox refuses the name or the password") from error
    except OSError as error:
        raise TryLater(f"the mailbox broke off: {error or type(error).__name__}"[:300]) from error
    try:
        # What was said before signing in is not what counts after it.
        capabilities = _text(connection.capability()[1]).upper()
        status, said = connection.select(_quoted(address.folder))
    except (imaplib.IMAP4.error, OSError) as error:
        raise TryLater(f"the mailbox broke off: {error or type(error).__name__}"[:300]) from error
    if status != "OK":
        raise RefusedOutside("unknown", f"the mailbox has no such folder: {_text(said)}")
    flags = connection.untagged_responses.get("PERMANENTFLAGS", [b""])
    keywords = b"\\*" in b" ".join(flag for flag in flags if isinstance(flag, bytes))
    return ImapMailbox(connection, keywords=keywords, expunges="UIDPLUS" in capabilities)


def day(value: date) -> str:
    """Write a day as SEARCH takes it, whatever the language of the machine."""
    return f"{value.day}-{_MONTHS[value.month - 1]}-{value.year}"


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _text(said: object) -> str:
    pieces = said if isinstance(said, list) else [said]
    return " ".join(piece.decode("utf-8", "replace") for piece in pieces if isinstance(piece, bytes))[:2000]


def _close(connection: imaplib.IMAP4) -> None:
    try:
        connection.logout()
    except (imaplib.IMAP4.error, OSError):
        connection.shutdown()
