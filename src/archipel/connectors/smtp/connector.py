# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fills ``mailing.ports.MailSender`` with an SMTP server."""

from __future__ import annotations

import ssl

from archipel.connectors.smtp.client import SmtpClient, SmtpServer
from archipel.kernel.outside import TryLater
from archipel.mailing.ports import Letter


class SmtpSender:
    def __init__(self, server: SmtpServer, tls: ssl.SSLContext | None = None) -> None:
        self._client = SmtpClient(server, tls)

    def send(self, letter: Letter) -> None:
        self._client.hand_over(letter)


class NoServer:
    """A real host whose outgoing mail was not set up: messages wait, and Today says why."""

    def send(self, letter: Letter) -> None:
        del letter
        raise TryLater("no outgoing mail server is set: ARCHIPEL_SMTP is empty")
