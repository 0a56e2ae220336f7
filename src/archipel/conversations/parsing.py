# SPDX-License-Identifier: AGPL-3.0-or-later
"""Read a mail as it came: whatever its bytes, either a ``ParsedMail`` or an exception, never a half-read one."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.policy import compat32
from email.utils import getaddresses, parseaddr

from archipel.conversations.plain_text import clean_line, clean_name, clean_text, text_of_html, unflowed

LONGEST_TEXT = 200_000
LONGEST_HEADER = 20_000
MOST_PARTS = 300
LARGEST_FILES = 10 * 1000 * 1000  # bytes, together
MOST_FILES = 30
_ID = re.compile(r"<[^<>\s]{3,300}>")
_ADDRESSED = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc", "Resent-To")
_AUTOMATIC_SUBJECT = re.compile(
    r"^(réponse automatique|automatic reply|auto[- ]?reply|out of office|absence du bureau|autoreply) ?[:\-]", re.I
)


class TooManyParts(Exception):
    """A mail made to keep us busy."""


@dataclass(frozen=True)
class ParsedFile:
    name: str
    content_type: str
    content: bytes


@dataclass(frozen=True)
class LeftOut:
    """A file that was too large to keep; ``size`` in bytes."""

    name: str
    size: int


@dataclass(frozen=True)
class ParsedMail:
    """What counts of a mail. ``mail_id`` is its Message-ID, or one made of its bytes; addresses are in small letters.

    ``automatic`` says in one word why no human wrote it, empty when one did; ``null_sender`` that it came from nowhere
    (``Return-Path: <>``), as bounces do.
    """

    mail_id: str
    from_address: str
    from_name: str
    sent_to: tuple[str, ...]
    references: tuple[str, ...]
    subject: str
    text: str
    files: tuple[ParsedFile, ...]
    left_out: tuple[LeftOut, ...]
    automatic: str
    null_sender: bool
    loop_marks: tuple[str, ...]
    message: Message


def parse(raw: bytes, return_path: str | None = None) -> ParsedMail:
    """Read a mail; ``return_path`` is the envelope's sender when the way in knows it. Any exception means unreadable."""
    message = message_from_bytes(raw, policy=compat32)
    parts = _parts(message)
    name, address = parseaddr(_header(message, "From"))
    files, left_out = _files(parts)
    path = return_path if return_path is not None else _header(message, "Return-Path")
    return ParsedMail(
        mail_id=_mail_id(message, raw),
        from_address=clean_line(address).lower()[:254],
        from_name=clean_line(_decoded(name))[:120],
        sent_to=tuple(dict.fromkeys(_addressed(message))),
        references=tuple(_ID.findall(_header(message, "In-Reply-To") + " " + _header(message, "References"))),
        subject=clean_line(_decoded(_header(message, "Subject")))[:200],
        text=_text(parts),
        files=files,
        left_out=left_out,
        automatic=_automatic(message),
        null_sender=path.strip() == "<>",
        loop_marks=tuple(_all_headers(message, "X-Loop")),
        message=message,
    )


def _header(message: Message, name: str) -> str:
    return str(message.get(name, "") or "")[:LONGEST_HEADER]


def _all_headers(message: Message, name: str) -> list[str]:
    return [str(value)[:LONGEST_HEADER].strip() for value in message.get_all(name, [])]


def _decoded(text: str) -> str:
    """Decode the encoded words of a header (RFC 2047), leniently: a wrong charset shows signs, not an error."""
    try:
        pieces = decode_header(text)
    except (HeaderParseError, ValueError):
        return text
    return "".join(_in_charset(piece, charset) if isinstance(piece, bytes) else piece for piece, charset in pieces)


def _in_charset(content: bytes, charset: str | None) -> str:
    for name in (charset or "utf-8", "utf-8"):
        try:
            return content.decode(name)
        except (LookupError, UnicodeError, ValueError):
            continue
    return content.decode("latin-1")


def _mail_id(message: Message, raw: bytes) -> str:
    found = _ID.search(_header(message, "Message-ID"))
    return clean_line(found[0]) if found else f"<{hashlib.sha256(raw).hexdigest()}@without-id>"


def _addressed(message: Message) -> Iterator[str]:
    for name in _ADDRESSED:
        for _name, address in getaddresses(_all_headers(message, name)):
            if "@" in address:
                yield clean_line(address).lower()


def _automatic(message: Message) -> str:
    submitted = _header(message, "Auto-Submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no"):
        return "auto-submitted"
    if _header(message, "Precedence").strip().lower() in {"bulk", "junk", "list", "auto_reply"}:
        return "precedence"
    if any(message.get(name) for name in ("X-Autoreply", "X-Autorespond", "X-Auto-Reply", "List-Id")):
        return "list or responder"
    return "subject" if _AUTOMATIC_SUBJECT.match(clean_line(_decoded(_header(message, "Subject")))) else ""


def _parts(message: Message) -> list[Message]:
    """Return the leaves in order; an attached mail is one leaf, not its own parts."""
    leaves: list[Message] = []
    waiting = [message]
    while waiting:
        part = waiting.pop()
        payload = part.get_payload()
        if part.get_content_type().startswith("multipart/") and isinstance(payload, list):
            waiting.extend(reversed([inner for inner in payload if isinstance(inner, Message)]))
        else:
            leaves.append(part)
        if len(leaves) + len(waiting) > MOST_PARTS:
            raise TooManyParts(f"more than {MOST_PARTS} parts")
    return leaves


def _is_file(part: Message) -> bool:
    if part.get_content_disposition() == "attachment" or part.get_content_maintype() not in {"text", "multipart"}:
        return True
    return bool(part.get_filename()) and part.get_content_disposition() != "inline"


def _text(parts: list[Message]) -> str:
    words = [part for part in parts if not _is_file(part)]
    plain = [_words(part) for part in words if part.get_content_type() == "text/plain"]
    text = "\n\n".join(part for part in plain if part.strip())
    if not text:
        pages = [_words(part) for part in words if part.get_content_type() == "text/html"]
        text = "\n\n".join(text_of_html(page) for page in pages)
    return clean_text(text)[:LONGEST_TEXT]


def _words(part: Message) -> str:
    text = _in_charset(_content(part)[: 4 * LONGEST_TEXT], part.get_content_charset())
    if part.get_content_type() == "text/plain" and str(part.get_param("format", "")).lower() == "flowed":
        return unflowed(text, without_space=str(part.get_param("delsp", "")).lower() == "yes")
    return text


def _content(part: Message) -> bytes:
    payload = part.get_payload(decode=True)
    if isinstance(payload, bytes):
        return payload
    inner = part.get_payload()
    return (
        b"".join(piece.as_bytes() for piece in inner if isinstance(piece, Message)) if isinstance(inner, list) else b""
    )


def _files(parts: list[Message]) -> tuple[tuple[ParsedFile, ...], tuple[LeftOut, ...]]:
    kept: list[ParsedFile] = []
    left_out: list[LeftOut] = []
    room = LARGEST_FILES
    for number, part in enumerate((part for part in parts if _is_file(part)), start=1):
        content = _content(part)
        name = clean_name(_decoded(part.get_filename() or "") or _unnamed(part, number))
        if len(content) > room or len(kept) >= MOST_FILES:
            left_out.append(LeftOut(name, len(content)))
            continue
        room -= len(content)
        kept.append(ParsedFile(name, part.get_content_type()[:120], content))
    return tuple(kept), tuple(left_out)


def _unnamed(part: Message, number: int) -> str:
    ending = "eml" if part.get_content_type() == "message/rfc822" else re.sub(r"\W", "", part.get_content_subtype())[:8]
    return f"{number}.{ending or 'bin'}"
