# SPDX-License-Identifier: AGPL-3.0-or-later
"""The addresses a message goes by, and how replies and bounces find their way back: plus addressing (RFC 5233)."""

from __future__ import annotations

import re

from archipel.host import queries as host

DEFAULT_LOCAL_PART = "reply"
_BOUNCE = re.compile(r"^bounce-([a-z0-9]{8,20})$")


def normalised(address: str) -> str:
    """Return an address as it is stored and compared: trimmed, in small letters."""
    return address.strip().lower()


def one_line(text: str) -> str:
    """Return text fit for a header: no line break, no control sign."""
    return " ".join("".join(" " if not sign.isprintable() else sign for sign in text).split())


def domain() -> str:
    """Return the host's own domain: that of its sender address."""
    return host.current().sender_address.rpartition("@")[2].lower()


def reply_base() -> tuple[str, str]:
    """Return local part and domain of the mailbox that is read: host parameter ``reply_address``, or reply@domain."""
    written = str(host.parameter("reply_address", default="") or "")
    local, _, where = written.rpartition("@")
    return (local, where.lower()) if local and where else (DEFAULT_LOCAL_PART, domain())


def reply_address(token: str, base: tuple[str, str] | None = None) -> str:
    """Return the address whose mails carry this token (``reply+token@domain``); ``base`` when it is known already."""
    local, where = base or reply_base()
    return f"{local}+{token}@{where}"


def token_of(address: str) -> str:
    """Return the token of an address that belongs to the mailbox, or an empty text; in small letters, as servers do."""
    local, _, where = normalised(address).rpartition("@")
    base, plus, token = local.partition("+")
    mine, home = reply_base()
    return token if plus and base == mine.lower() and where == home else ""


def loop_mark(base: tuple[str, str] | None = None) -> str:
    """Return what every mail of this installation carries: one that comes back goes round in circles."""
    return "@".join(base or reply_base())


def envelope_from(public_id: str, base: tuple[str, str] | None = None) -> str:
    """Return where the bounces of a message come back to: it names the message, so a report cannot be made up."""
    return reply_address(f"bounce-{public_id}", base)


def bounced_id(address: str) -> str:
    """Return the public id of the message a bounce address names, or an empty text."""
    found = _BOUNCE.match(token_of(address))
    return found[1] if found else ""
