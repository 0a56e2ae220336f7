# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where files sent with messages are kept: ``ARCHIPEL_DATA/files/conversations``, under names of ours."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from archipel.conversations.plain_text import clean_name
from archipel.kernel.references import new_public_id

FOLDER = "conversations"


@dataclass(frozen=True)
class StoredFile:
    """A file on the disk, not yet in the database; the purge removes it if it never gets there. ``size`` in bytes."""

    public_id: str
    name: str
    content_type: str
    size: int
    sha256: str


def store(name: str, content_type: str, chunks: Iterable[bytes]) -> StoredFile:
    """Write a file under a new id, whole or not at all."""
    public_id = new_public_id()
    path = path_of(public_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    temporary = path.with_suffix(".part")
    with temporary.open("wb") as file:
        for chunk in chunks:
            digest.update(chunk)
            size += len(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)
    kind = content_type if "/" in content_type else "application/octet-stream"
    return StoredFile(public_id, clean_name(name), kind[:120], size, digest.hexdigest())


def relative_path(public_id: str) -> str:
    """Return the path below ``ARCHIPEL_DATA/files``."""
    return f"{FOLDER}/{public_id[:2]}/{public_id}"


def path_of(public_id: str) -> Path:
    return Path(settings.ARCHIPEL_DATA) / "files" / relative_path(public_id)


def remove(public_ids: Iterable[str]) -> None:
    """Delete files; those already gone are no error."""
    for public_id in public_ids:
        path_of(public_id).unlink(missing_ok=True)


def stored_before(seconds: float) -> Iterator[Path]:
    """Yield the files last written before an instant (seconds since 1970)."""
    for path in (Path(settings.ARCHIPEL_DATA) / "files" / FOLDER).glob("*/*"):
        if path.stat().st_mtime < seconds:
            yield path


def quarantine_path(digest: str) -> Path:
    """Return where the bytes of an unreadable mail wait for a human."""
    return Path(settings.ARCHIPEL_DATA) / "quarantine" / f"{digest}.eml"


def set_aside(digest: str, raw: bytes) -> None:
    """Keep the bytes of an unreadable mail, for the eyes of who looks after the machine."""
    path = quarantine_path(digest)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = path.with_suffix(".part")
    temporary.write_bytes(raw)
    temporary.replace(path)
