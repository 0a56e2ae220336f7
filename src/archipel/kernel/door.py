# SPDX-License-Identifier: AGPL-3.0-or-later
"""The door of an installation: while it is closed nobody acts, so that an upgrade can be taken back and nothing is lost.

A file of the data folder says so (``closed``): it is there for every process and outlives them, the database does not.
It holds the key with which the upgrade itself may look at pages.
"""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

from django.conf import settings


def close() -> str:
    """Close the door and return its key; the same key while it is closed already."""
    path = _path()
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    key = secrets.token_urlsafe(24)
    with os.fdopen(handle, "w") as file:
        file.write(key + "\n")
    return key


def reopen() -> bool:
    """Open the door and return whether it was closed."""
    try:
        _path().unlink()
    except FileNotFoundError:
        return False
    return True


def is_closed() -> bool:
    """Return whether the door is closed."""
    return _path().exists()


def opens(key: str) -> bool:
    """Return whether somebody with this key (empty: with none) may pass."""
    try:
        wanted = _path().read_text().strip()
    except FileNotFoundError:
        return True
    return bool(key and wanted) and hmac.compare_digest(key.encode(), wanted.encode())


def _path() -> Path:
    return Path(settings.ARCHIPEL_DATA) / "closed"
