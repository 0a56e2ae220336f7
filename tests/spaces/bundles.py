# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bundles for tests: taken away from a space, and made by somebody who means harm."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from typing import Any

from archipel.outbox.worker import drain
from archipel.spaces import operations
from archipel.spaces.files import export_path
from archipel.spaces.models import Space


def taken_away(space: Space) -> io.BytesIO:
    """Return the bundle of a space as its organisation fetches it."""
    export = operations.ask_export(space=space, fresh=True)
    drain()
    return io.BytesIO(export_path(export).read_bytes())


def made(content: dict[str, bytes] | None = None, *, people: list[Any] | None = None, **manifest: Any) -> io.BytesIO:
    """Return a bundle of some content; ``manifest`` replaces what it says."""
    files = {f"content/{path}": body for path, body in (content or {"blog.json": b"{}"}).items()}
    told = {
        "format": "archipel-space-export/1",
        "made_at": "2026-01-01T00:00:00+00:00",
        "host": {"name": "Le Goulet"},
        "space": {"id": "abc", "title": "Blog", "service": "blogs", "application": "blogs", "address": "a.example"},
        "people": people or [],
        "files": [{"path": path, "size": len(body), "sha256": _sha(body)} for path, body in files.items()],
    } | manifest
    files |= {"manifest.json": json.dumps(told).encode(), "README.txt": b"x"}
    files["CHECKSUMS.sha256"] = "".join(f"{_sha(body)}  {path}\n" for path, body in files.items()).encode()
    return packed(files)


def packed(files: dict[str, bytes]) -> io.BytesIO:
    """Return a zip of files as they are."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, body in files.items():
            archive.writestr(path, body)
    target.seek(0)
    return target


def changed(bundle: io.BytesIO, **bodies: bytes | None) -> io.BytesIO:
    """Return a bundle with other bodies for some of its files, by name without dots and slashes; None leaves one out."""
    files = {}
    with zipfile.ZipFile(bundle) as archive:
        for path in archive.namelist():
            body = bodies.get("".join(sign for sign in path if sign.isalnum()), archive.read(path))
            if body is not None:
                files[path] = body
    return packed(files)


def _sha(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
