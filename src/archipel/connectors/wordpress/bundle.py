# SPDX-License-Identifier: AGPL-3.0-or-later
"""The export of a WordPress as a folder, in documented formats (``docs/operating/wordpress.md``).

``site.json`` says what it is and the sum of every other file; ``database.sql`` is a dump of MariaDB, ``contents.wxr.xml``
WordPress's own exchange format, ``users.json`` who has an account, ``files/`` what was uploaded.
"""

from __future__ import annotations

import hashlib
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from tempfile import TemporaryFile
from typing import IO, Any

from archipel.connectors.wordpress.client import Inside
from archipel.kernel.outside import RefusedOutside
from archipel.spaces.ports import ExportedFile

FORMAT = "archipel-wordpress-1"
SITE, DATABASE, CONTENTS, USERS, FILES = "site.json", "database.sql", "contents.wxr.xml", "users.json", "files"
# What is written down of the website beside its files.
ABOUT = ("wordpress", "db_version", "database", "address", "title", "language", "theme", "prefix")
CHUNK = 1 << 20
OWNER = 33  # www-data in Debian


@dataclass(frozen=True)
class Bundle:
    """An export that was read: where it came from, which database it holds, and how many bytes it is."""

    address: str
    db_version: int
    bytes: int


def write(inside: Inside, target: Path, now: datetime) -> list[ExportedFile]:
    """Write everything below the empty folder ``target``; ``site.json`` last, so that what is cut short is no bundle."""
    about = inside.ask("about")
    for verb, name in (("export", DATABASE), ("contents", CONTENTS)):
        with (target / name).open("wb") as file:
            inside.take(verb, file)
    _write_json(target / USERS, inside.ask("users"))
    (target / FILES).mkdir()
    with TemporaryFile(dir=target) as tar:
        inside.take_files(tar)
        tar.seek(0)
        _unpack(tar, target / FILES)
    written = [_described(target, path) for path in _walk(target)]
    _write_json(
        target / SITE,
        {
            "format": FORMAT,
            "exported_at": now.astimezone(UTC).isoformat(),
            **{key: about[key] for key in ABOUT},
            "files": {one.path: {"size": one.size, "sha256": one.sha256} for one in written},
        },
    )
    return sorted([*written, _described(target, target / SITE)], key=lambda one: one.path)


def read(source: Path) -> Bundle:
    """Check a folder that ``write`` made: every file is there, whole and what it was (``RefusedOutside``)."""
    site = _read_site(source)
    said = site["files"]
    if DATABASE not in said:
        raise RefusedOutside("bad_input", "the folder holds no database", about=DATABASE)
    root = source.resolve()
    for path, what in said.items():
        there = source / path
        if not _is_inside(path) or not there.is_file() or there.resolve() != root / path:
            raise RefusedOutside("damaged", "a file of the export is missing", about=path)
        found = _described(source, there)
        if not isinstance(what, dict) or (found.size, found.sha256) != (what.get("size"), what.get("sha256")):
            raise RefusedOutside("damaged", "a file of the export is not what was written", about=path)
    return Bundle(
        address=str(site["address"]),
        db_version=int(site["db_version"]),
        bytes=sum(int(what["size"]) for path, what in said.items() if path == DATABASE or path.startswith(f"{FILES}/")),
    )


def pack(source: Path, target: IO[bytes]) -> None:
    """Write the tar of the uploaded files that the bundle names, as the web server's own: plain files, no links."""
    names = sorted(path for path in _read_site(source)["files"] if path.startswith(f"{FILES}/"))
    with tarfile.open(fileobj=target, mode="w|", format=tarfile.PAX_FORMAT) as tar:
        for folder in sorted({folder for name in names for folder in _folders(name)}):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode, entry.uid, entry.gid = tarfile.DIRTYPE, 0o755, OWNER, OWNER
            entry.mtime = int((source / FILES / folder).stat().st_mtime)
            tar.addfile(entry)
        for name in names:
            path = source / name
            entry = tarfile.TarInfo(name.removeprefix(f"{FILES}/"))
            entry.size, entry.mtime = path.stat().st_size, int(path.stat().st_mtime)
            entry.mode, entry.uid, entry.gid = 0o644, OWNER, OWNER
            with path.open("rb") as file:
                tar.addfile(entry, file)


def _folders(name: str) -> list[str]:
    return [str(one) for one in PurePosixPath(name.removeprefix(f"{FILES}/")).parents if str(one) != "."]


def _read_site(source: Path) -> dict[str, Any]:
    try:
        site = json.loads((source / SITE).read_text())
        known = site["format"] == FORMAT and isinstance(site["files"], dict)
        int(site["db_version"]), str(site["address"])
    except (OSError, ValueError, KeyError, TypeError):
        raise RefusedOutside("bad_input", "the folder is no export of a WordPress", about=SITE) from None
    if not known:
        raise RefusedOutside("bad_input", "the export has a format this version does not know", about=SITE)
    return dict(site)


def _is_inside(path: str) -> bool:
    """Return whether a path is written plainly and stays below its folder: ``files//etc`` would not, its start taken away."""
    parts = PurePosixPath(path)
    plain = str(parts) == path and ".." not in parts.parts
    return plain and not parts.is_absolute() and "\\" not in path and "\x00" not in path


def _unpack(tar: IO[bytes], target: Path) -> None:
    """Write the plain files of the tar of ``uploads/``; links and devices are nothing a website needs."""
    with tarfile.open(fileobj=tar, mode="r:") as archive:
        for entry in archive:
            name = entry.name.removeprefix("./").partition("/")[2]
            content = archive.extractfile(entry) if entry.isfile() and name and _is_inside(name) else None
            if content is None:
                continue
            path = target / name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                while chunk := content.read(CHUNK):
                    file.write(chunk)


def _walk(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file())


def _described(folder: Path, path: Path) -> ExportedFile:
    with path.open("rb") as file:
        sum_ = hashlib.file_digest(file, "sha256")
    return ExportedFile(str(path.relative_to(folder).as_posix()), path.stat().st_size, sum_.hexdigest())


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n")
