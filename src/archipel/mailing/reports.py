# SPDX-License-Identifier: AGPL-3.0-or-later
"""Read what mail servers report: messages that came back (RFC 3464) and complaints (RFC 5965).

A report counts only when it names a message of ours, by its bounce address or by the Message-ID of the part it returns:
both hold a random id, so nobody can have an address suppressed by making up a report.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from typing import Literal

from archipel.mailing.addresses import bounced_id

_MESSAGE_ID = re.compile(r"^message-id:\s*(<[^<>\s]{3,300}>)", re.IGNORECASE | re.MULTILINE)
_DIAGNOSTIC_LENGTH = 500


@dataclass(frozen=True)
class Report:
    """``public_id`` or ``message_ids`` name the message; ``hard`` says that trying again is useless."""

    kind: Literal["failed", "delayed", "complaint"]
    hard: bool
    diagnostic: str
    public_id: str
    message_ids: tuple[str, ...]
    digest: str


def is_report(message: Message) -> bool:
    """Return whether a mail is a report of a server rather than the words of a person."""
    return message.get_content_type() == "multipart/report"


def read_report(message: Message, sent_to: Sequence[str] = ()) -> Report | None:
    """Return what a report says, None when it is none or tells of something else (a read receipt)."""
    kinds = {part.get_content_type(): part for part in message.walk()}
    public_id = next((found for address in sent_to if (found := bounced_id(address))), "")
    ids = tuple(dict.fromkeys(_named_messages(message)))
    digest = _digest(message, [public_id, *ids])
    if "message/feedback-report" in kinds:
        return Report("complaint", True, "", public_id, ids, digest)
    if "message/delivery-status" in kinds:
        kind, hard, diagnostic = _delivery_status(kinds["message/delivery-status"])
        return Report(kind, hard, diagnostic, public_id, ids, digest) if kind else None
    if public_id and not is_report(message):
        # Some servers still answer in prose: what comes to a bounce address is a bounce, of unknown hardness.
        return Report("failed", False, _first_text(message), public_id, ids, digest)
    return None


def _delivery_status(part: Message) -> tuple[Literal["failed", "delayed", ""], bool, str]:
    blocks = [block for block in part.walk() if block is not part] or [part]
    for block in blocks:
        action = str(block.get("Action", "")).strip().lower()
        if action not in {"failed", "delayed"}:
            continue
        status = str(block.get("Status", "")).strip()
        diagnostic = " ".join(str(block.get("Diagnostic-Code", "") or status).split())[:_DIAGNOSTIC_LENGTH]
        # 5.2.2 is a full mailbox and 5.7 a judgement on the sender: neither says that the address is gone.
        hard = status.startswith("5.") and not status.startswith(("5.2.2", "5.7."))
        return ("delayed" if action == "delayed" else "failed"), hard, diagnostic
    return "", False, ""


def _named_messages(message: Message) -> Iterator[str]:
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "text/rfc822-headers":
            payload = part.get_payload(decode=True)
            found = _MESSAGE_ID.findall(payload.decode("latin-1") if isinstance(payload, bytes) else "")
            yield from found
        elif kind == "message/rfc822" and isinstance(part.get_payload(), list):
            inner = part.get_payload(0)
            if isinstance(inner, Message) and inner.get("Message-ID"):
                yield str(inner["Message-ID"]).strip()
    yield from _MESSAGE_ID.findall(_first_text(message, 20_000))


def _first_text(message: Message, length: int = _DIAGNOSTIC_LENGTH) -> str:
    for part in message.walk():
        if part.get_content_type() == "text/plain":
            payload = part.get_payload(decode=True)
            return payload.decode("utf-8", "replace")[:length] if isinstance(payload, bytes) else ""
    return ""


def _digest(message: Message, named: Sequence[str]) -> str:
    """Return what tells a report from the next one about the same message."""
    own = [str(message.get(name, "")) for name in ("Message-ID", "Date")]
    return hashlib.sha256("\n".join([*own, *named]).encode("utf-8", "replace")).hexdigest()
