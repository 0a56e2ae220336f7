# SPDX-License-Identifier: AGPL-3.0-or-later
"""Secrets at rest: the keys under ``ARCHIPEL_DATA/keys`` (folder 0700, files 0600) and what they lock.

``secret-key`` signs, ``encryption-keys`` holds Fernet keys one a line, newest first: the first locks, all open.
"""

from __future__ import annotations

import os
import secrets
import tempfile
from functools import lru_cache
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings


class KeyDoesNotOpen(Exception):
    """What is stored was locked with another key."""


def ensure_keys(folder: Path) -> str:
    """Make the keys where there are none, and return the signing key."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    _make(folder / "encryption-keys", Fernet.generate_key().decode())
    return _make(folder / "secret-key", secrets.token_urlsafe(64))


def _make(path: Path, fresh: str) -> str:
    if path.exists():
        return path.read_text().strip()
    # Whole before it has its name: web and worker may start at the same instant.
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(fresh + "\n")
        os.link(temporary, path)
    except FileExistsError:
        return path.read_text().strip()
    finally:
        Path(temporary).unlink()
    return fresh


def add_encryption_key(folder: Path) -> None:
    """Put a new key first; what older keys locked still opens."""
    path = folder / "encryption-keys"
    temporary = path.with_suffix(".new")
    temporary.touch(mode=0o600)
    temporary.write_text(Fernet.generate_key().decode() + "\n" + path.read_text())
    temporary.replace(path)


def _box() -> MultiFernet:
    path = Path(settings.ARCHIPEL_DATA) / "keys" / "encryption-keys"
    # Looked at each time: a process that runs while the keys are rotated must open what the new one locked.
    return _box_of(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=1)
def _box_of(path: Path, _changed: int) -> MultiFernet:
    return MultiFernet([Fernet(line) for line in path.read_text().split()])


def lock(text: str) -> str:
    """Encrypt a secret for the database."""
    return _box().encrypt(text.encode()).decode()


def unlock(locked: str) -> str:
    """Open what ``lock`` returned; ``KeyDoesNotOpen`` when the key is not the right one."""
    try:
        return _box().decrypt(locked.encode()).decode()
    except InvalidToken as error:
        raise KeyDoesNotOpen from error


def relock(locked: str) -> str:
    """Lock again with the newest key."""
    return _box().rotate(locked.encode()).decode()
