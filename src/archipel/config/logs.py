# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is never written to the log: the secret part of a link, addresses of mail, numbers of machines (IP).

Whoever reads a log could open the first, and learn who was there from the others.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import re
from datetime import UTC, datetime

# Django names the path of each answer from 400 on. Public ids have 14 signs, secrets 30 at least.
_SECRET = re.compile(r"(?<=/)[^/\s?]{30,}")
_TOKEN = re.compile(r"(?<![\w.-])(?=[\w-]*\d)[\w-]{30,}={0,2}(?![\w-])|\beyJ[\w-]+\.[\w-]+\.[\w-]*")
_MAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]+@[\w-]+(?:\.[\w-]+)+")
_NUMBERS = re.compile(r"(?<![\w.:])(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7})(?![\w:])")
# PostgreSQL says under this word which row an error is about, with its values.
_ROW = re.compile(r"(?<=DETAIL: ).*")
HIDDEN = "…"


class HideLinks(logging.Filter):
    """Puts a dot in place of what is long enough to be a secret in the paths a record names."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_hidden(part) for part in record.args)
        return True


def _hidden(part: object) -> object:
    return _SECRET.sub(HIDDEN, part) if isinstance(part, str) else part


def without_persons(text: str) -> str:
    """Return the text with values of rows, addresses of mail, tokens and IP addresses (this machine's own apart) left out."""
    words = _MAIL.sub(HIDDEN, _SECRET.sub(HIDDEN, _ROW.sub(HIDDEN, text)))
    return _NUMBERS.sub(_unless_here, _TOKEN.sub(HIDDEN, words))


def _unless_here(found: re.Match[str]) -> str:
    try:
        number = ipaddress.ip_address(found[0])
    except ValueError:  # an hour, a version
        return found[0]
    return found[0] if number.is_loopback or number.is_unspecified else HIDDEN


class Lines(logging.Formatter):
    """One line for a terminal, what it must not hold left out, errors and their last words included."""

    def format(self, record: logging.LogRecord) -> str:
        return without_persons(super().format(record))


class JsonLines(logging.Formatter):
    """One JSON object a line: time, level, logger, message, request, and what the record says of an answer.

    Which page was asked for stands there as the name its code has (``route``), never as its address.
    """

    def format(self, record: logging.LogRecord) -> str:
        from archipel.config.observing import (
            current_request,  # late: it loads Django, this module is read by the settings
        )

        line: dict[str, object] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": without_persons(_message(record)),
        }
        if number := current_request.get():
            line["request"] = number
        facts = getattr(record, "facts", None)
        if isinstance(facts, dict):
            line |= facts
        if record.exc_info:
            line["error"] = without_persons(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False)


def _message(record: logging.LogRecord) -> str:
    # Django's own lines on answers end with the path: the line of the request says the route instead.
    if record.name.startswith("django.") and hasattr(record, "request") and isinstance(record.args, tuple):
        return str(record.msg).split("%s")[0] + str(record.args[0]) if record.args else str(record.msg)
    return record.getMessage()
