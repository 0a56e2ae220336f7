# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a back-up of a space holds: its export (``bundle``), spread out in a folder; how it is written, and compared.

The folder is ``ARCHIPEL_DATA/tmp/backups/work``: it holds what people wrote, unencrypted, for as long as it takes.
"""

from __future__ import annotations

import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from django.conf import settings

from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.spaces import bundle
from archipel.spaces.models import Export, Space
from archipel.spaces.wiring import connector_of

MANIFEST, CHECKSUMS = "manifest.json", "CHECKSUMS.sha256"
LEFT_BEHIND = 24 * 3600.0
"""Seconds after which a work folder belongs to a worker that is gone."""


def work_root() -> Path:
    """Return the folder of all work, made when missing."""
    root = Path(settings.ARCHIPEL_DATA) / "tmp" / "backups" / "work"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    return root


def fresh_folder(name: str) -> Path:
    """Return an empty work folder of this name; what an earlier try left in it goes (``TryLater`` on a full disk)."""
    folder = work_root() / name
    shutil.rmtree(folder, ignore_errors=True)
    try:
        folder.mkdir()
    except OSError as error:
        raise TryLater(f"no room to work in: {error.strerror}", after=600) from error
    return folder


def existing_folder(name: str) -> Path:
    """Return a work folder that an earlier step filled (``TryLater`` when another machine has it)."""
    folder = work_root() / name
    if not folder.is_dir():
        raise TryLater("what was brought back is no longer on this machine")
    return folder


def drop_folder(name: str) -> None:
    """Delete a work folder."""
    shutil.rmtree(work_root() / name, ignore_errors=True)


def sweep() -> int:
    """Delete what workers that are gone left behind, and return how many folders."""
    old = [path for path in work_root().iterdir() if path.stat().st_mtime < time.time() - LEFT_BEHIND]
    for path in old:
        shutil.rmtree(path, ignore_errors=True)
    return len(old)


@contextmanager
def gathered(space: Space, taken_at: datetime) -> Iterator[Path]:
    """Have the application write everything into a folder of its own; it goes at the end. Calls outside."""
    try:
        folder = Path(tempfile.mkdtemp(prefix=f"{space.public_id}-", dir=work_root()))
    except OSError as error:
        raise TryLater(f"no room to work in: {error.strerror}", after=600) from error
    try:
        _write(space, folder, taken_at)
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _write(space: Space, folder: Path, taken_at: datetime) -> None:
    content = folder / bundle.CONTENT
    try:
        content.mkdir()
        files = connector_of(space).export(space.public_id, content)
        manifest = bundle.describe(Export(space=space), files, taken_at)
        text = json.dumps(manifest, ensure_ascii=False, indent=1)
        (folder / MANIFEST).write_text(text)
        sums = {f"{bundle.CONTENT}/{file.path}": file.sha256 for file in files}
        sums[MANIFEST] = bundle.digest_of(folder / MANIFEST)
        (folder / CHECKSUMS).write_text("".join(f"{sums[path]}  {path}\n" for path in sorted(sums)))
    except OSError as error:
        raise TryLater(f"the copy cannot be written: {error.strerror}", after=600) from error


def compare(folder: Path) -> int:
    """Compare every file of a copy with its SHA-256 and return how many were; what differs, lacks or is too many is
    ``RefusedOutside("damaged")`` with the file's name."""
    sums = _sums(folder)
    there = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {CHECKSUMS}
    for name in sorted(there ^ set(sums)):
        raise RefusedOutside(
            "damaged", f"{name[:120]} is {'not in' if name in sums else 'too many in'} the copy", about=name
        )
    for name, sha256 in sums.items():
        if bundle.digest_of(folder / name) != sha256:
            raise RefusedOutside("damaged", f"{name[:120]} is not what was copied", about=name)
    listed = json.loads((folder / MANIFEST).read_text())["files"]
    if {file["path"]: file["sha256"] for file in listed} != {name: sums[name] for name in sums if name != MANIFEST}:
        raise RefusedOutside("damaged", "the manifest and the checksums differ", about=MANIFEST)
    return len(sums)


def _sums(folder: Path) -> dict[str, str]:
    try:
        lines = (folder / CHECKSUMS).read_text().splitlines()
        sums = {name: sha256 for sha256, _, name in (line.partition("  ") for line in lines)}
    except (OSError, UnicodeDecodeError) as error:
        raise RefusedOutside("damaged", "the list of checksums cannot be read", about=CHECKSUMS) from error
    if MANIFEST not in sums:
        raise RefusedOutside("damaged", "the manifest is not in the copy", about=MANIFEST)
    return sums
