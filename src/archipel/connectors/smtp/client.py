# SPDX-License-Identifier: AGPL-3.0-or-later
"""Speaks SMTP, with timeouts, and tells the server's answers apart."""

from __future__ import annotations

import re
import smtplib
import ssl
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.mailing.ports import FULL, POLICY, RECIPIENT, Letter

Security = Literal["tls", "starttls", "none"]
_USUAL_PORTS: dict[str, int] = {"tls": 465, "starttls": 587, "none": 25}
_ENHANCED = re.compile(r"\b([45]\.\d{1,3}\.\d{1,3})\b")
LOOPBACK = {"localhost", "127.0.0.1", "::1"}


class BadAddress(ValueError):
    """``ARCHIPEL_SMTP`` cannot be read; the text says how it should be written."""


@dataclass(frozen=True)
class SmtpServer:
    """Where and how to speak; ``timeout`` in seconds, for each answer of the server."""

    host: str
    port: int
    security: Security
    user: str = ""
    secret: str = field(default="", repr=False)
    timeout: float = 30

    @classmethod
    def parse(cls, address: str) -> SmtpServer:
        """Read ``smtp://user:secret@host:port?security=starttls`` (``tls``, ``starttls`` or ``none``)."""
        parts = urlsplit(address)
        query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
        security = query.get("security", "starttls")
        try:
            port, timeout = parts.port, float(query.get("timeout", 30))
        except ValueError as error:
            raise BadAddress("the port and the timeout of ARCHIPEL_SMTP must be numbers") from error
        if parts.scheme != "smtp" or not parts.hostname:
            raise BadAddress("ARCHIPEL_SMTP must be written smtp://user:secret@host:port?security=starttls")
        if security not in ("tls", "starttls", "none"):
            raise BadAddress("security in ARCHIPEL_SMTP must be tls, starttls or none")
        if security == "none" and parts.username and parts.hostname not in LOOPBACK:
            raise BadAddress("ARCHIPEL_SMTP would send a password in clear: use security=starttls or tls")
        user, secret = unquote(parts.username or ""), unquote(parts.password or "")
        return cls(parts.hostname, port or _USUAL_PORTS[security], security, user, secret, timeout)  # type: ignore[arg-type]  # one of its keys, checked above


class SmtpClient:
    """One connection a letter: simple, and a slow server holds up nobody else."""

    def __init__(self, server: SmtpServer, tls: ssl.SSLContext | None = None) -> None:
        self.server = server
        self._tls = tls or ssl.create_default_context()

    def hand_over(self, letter: Letter) -> None:
        """Return once the server took over the letter; ``TryLater`` or ``RefusedOutside`` otherwise."""
        try:
            connection = self._open()
        except smtplib.SMTPResponseException as error:
            # Refused before the letter was shown: our set-up or their load, never the fault of the addressee.
            raise TryLater(_words("the mail server does not let us in", error)) from error
        except (smtplib.SMTPException, OSError) as error:
            raise TryLater(f"the mail server cannot be reached: {_reason(error)}") from error
        try:
            _say(connection, letter)
        except UnicodeEncodeError as error:
            raise RefusedOutside(RECIPIENT, "an address with letters that mail servers do not take") from error
        except (smtplib.SMTPException, OSError) as error:
            raise TryLater(f"the mail server broke off: {_reason(error)}") from error
        finally:
            _close(connection)

    def _open(self) -> smtplib.SMTP:
        server = self.server
        connection: smtplib.SMTP
        if server.security == "tls":
            connection = smtplib.SMTP_SSL(server.host, server.port, timeout=server.timeout, context=self._tls)
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=server.timeout)
        try:
            if server.security == "starttls":
                connection.starttls(context=self._tls)
            if server.user:
                connection.login(server.user, server.secret)
        except BaseException:
            _close(connection)
            raise
        return connection


def _say(connection: smtplib.SMTP, letter: Letter) -> None:
    connection.ehlo_or_helo_if_needed()
    options = [f"size={len(letter.raw)}"] if connection.has_extn("size") else []
    _expect(connection.mail(letter.envelope_from, options), "sender")
    _expect(connection.rcpt(letter.to), "recipient")
    _expect(connection.data(letter.raw), "letter")


def _expect(answer: tuple[int, bytes], about: Literal["sender", "recipient", "letter"]) -> None:
    code, said = answer
    if 200 <= code < 300:
        return
    words = f"{code} {said.decode('utf-8', 'replace')}"[:500]
    if code < 500:
        raise TryLater(words)
    raise RefusedOutside(_code_of(words, about), words)


def _code_of(words: str, about: str) -> str:
    found = _ENHANCED.search(words)
    status = found[1] if found else ""
    if status.startswith("5.2.2"):
        return FULL
    if status.startswith("5.1."):
        return RECIPIENT if about != "sender" else POLICY
    if status.startswith(("5.7.", "5.6.", "5.3.", "5.5.")) or about == "sender":
        return POLICY
    return RECIPIENT if about == "recipient" or status.startswith("5.2.") else POLICY


def _words(what: str, error: smtplib.SMTPResponseException) -> str:
    said = error.smtp_error
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
    return f"{what}: {error.smtp_code} {text}"[:500]


def _reason(error: Exception) -> str:
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return "no answer in time"
    return (str(error) or type(error).__name__)[:300]


def _close(connection: smtplib.SMTP) -> None:
    # The letter was taken over or not by now: a server that hangs on QUIT must not change what is recorded.
    connection.close()
