# SPDX-License-Identifier: AGPL-3.0-or-later
"""Codes of an application by the clock (TOTP, RFC 6238: HMAC-SHA-1, 30 seconds, 6 digits), each taken once."""

from __future__ import annotations

import base64
import hashlib
import hmac
import struct
import time

PERIOD = 30
DIGITS = 6
# Codes before and after the present one that are taken too: telephones are rarely right to the second (section 6).
TOLERANCE = 1


def code_at(secret: str, step: int) -> str:
    """Return the code of a secret (base32) at a step of 30 seconds since 1970 (RFC 4226, section 5.3)."""
    mac = hmac.new(base64.b32decode(secret, casefold=True), struct.pack(">Q", step), hashlib.sha1).digest()
    start = mac[-1] & 0x0F
    number = struct.unpack(">I", mac[start : start + 4])[0] & 0x7FFFFFFF
    return f"{number % 10**DIGITS:0{DIGITS}}"


def present_step() -> int:
    """Return the present step, by the real time: the telephone knows no other."""
    return int(time.time()) // PERIOD


def step_of(secret: str, code: str, *, after: int = -1) -> int | None:
    """Return the step that a code belongs to, or None; steps up to ``after`` were used and do not count any more."""
    typed = "".join(sign for sign in code if sign.isdigit())
    now = present_step()
    steps = range(max(now - TOLERANCE, after + 1), now + TOLERANCE + 1)
    return next((step for step in steps if hmac.compare_digest(code_at(secret, step), typed)), None)
