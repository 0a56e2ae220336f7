# SPDX-License-Identifier: AGPL-3.0-or-later
"""What restic says when it fails, and which of the two ways to fail it is. Its exit status says little before version 0.17."""

from __future__ import annotations

import re

from archipel.kernel.outside import RefusedOutside, TryLater

BAD_KEY, DAMAGED, FORBIDDEN, UNKNOWN = "bad_key", "damaged", "forbidden", "unknown"


class Locked(Exception):
    """Another restic holds the repository, or one that was killed did."""


# Read in this order: a message may hold several of these words.
_LOCKED = re.compile(r"already locked|unable to create lock in backend")
_BAD_KEY = re.compile(r"wrong password or no key found")
_FULL = re.compile(
    r"no space left on device|disk quota exceeded|StorageFull|QuotaExceeded|InsufficientCapacity", re.IGNORECASE
)
_DENIED = re.compile(
    r"access.?denied|permission denied|InvalidAccessKeyId|access key id|SignatureDoesNotMatch|request signature"
    r"|host key verification failed|read-only file system",
    re.IGNORECASE,
)
_SILENT = re.compile(
    r"connection refused|no such host|i/o timeout|timed out|timeout|network is unreachable|no route to host"
    r"|connection reset|broken pipe|could not resolve|unexpected EOF|: EOF|server misbehaving|service unavailable"
    r"|SlowDown|internal error|connection closed|unable to start the sftp session",
    re.IGNORECASE,
)
_NOTHING = re.compile(r"is there a repository at the following location|no matching ID found", re.IGNORECASE)
_DAMAGED = re.compile(
    r"ciphertext verification failed|does not match|repository contains errors|not found in repository"
    r"|invalid data returned|load\(?<?(?:data|index|snapshot|key)|unable to load|cannot be read|hash mismatch"
    r"|ignoring error for|tree .* not found|pack .* (?:not|missing)",
    re.IGNORECASE,
)
# Lines after which trying again is in vain, though restic would for a quarter of an hour.
HOPELESS = re.compile(
    rf"no such file or directory|does not exist|ciphertext verification|{_FULL.pattern}|{_DENIED.pattern}|connection refused|no such host",
    re.IGNORECASE,
)


def failure_of(said: str) -> Exception:
    """Return the failure behind what restic wrote to its error output."""
    about = _last(said)
    if _LOCKED.search(said):
        return Locked(about)
    if _BAD_KEY.search(said):
        return RefusedOutside(BAD_KEY, "the passphrase does not open what is there")
    if _FULL.search(said):
        return TryLater("the disk or the storage is full", after=1800)
    if _DENIED.search(said):
        return RefusedOutside(FORBIDDEN, f"the place refuses: {about}")
    if _SILENT.search(said):
        return TryLater(f"the place does not answer: {about}", after=300)
    if _NOTHING.search(said):
        return RefusedOutside(UNKNOWN, "there is nothing of that name in this place")
    if _DAMAGED.search(said):
        return RefusedOutside(DAMAGED, f"what is kept there cannot be read: {about}")
    return TryLater(f"restic failed: {about or 'without a word'}", after=300)


def _last(said: str) -> str:
    """Return the line that says most, without the name of a temporary file."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    fatal = [line for line in lines if line.startswith("Fatal:") and "There w" not in line]
    line = (fatal or lines or [""])[-1]
    return line.removeprefix("Fatal:").strip()[:160]
