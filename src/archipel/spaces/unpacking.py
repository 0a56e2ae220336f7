# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads a bundle (``bundle``) that anybody may have made, and believes nothing it says before it is checked.

``read_manifest`` judges the archive and its manifest without unpacking; ``unpack`` then writes content, each file against
the size and the SHA-256 the manifest says. Nothing stands in the archive that the manifest does not name.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from archipel.kernel.outside import RefusedOutside
from archipel.kernel.zips import check_kind, open_zip, readable
from archipel.spaces.bundle import CONTENT, FORMAT
from archipel.spaces.ports import ExportedFile

MOST_FILES = 200_000
LARGEST_TOTAL = 500 * 10**9
LARGEST_MANIFEST = 64 * 1024 * 1024
MOST_PEOPLE = 20_000
# Deflate cannot exceed 1,032; a dump of a database rarely exceeds 40.
MAX_RATIO = 200
RATIO_FREE = 100 * 1024 * 1024
BESIDE = ("README.txt", "manifest.json", "CHECKSUMS.sha256")
ROLES = ("referent", "member")
_CHUNK = 256 * 1024
_SHA256 = re.compile(r"[0-9a-f]{64}")
_EMAIL = re.compile(r"[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029\u202a-\u202e\u2066-\u2069\\]")


@dataclass(frozen=True)
class PersonBrought:
    """Somebody who entered the space where it was: ``role`` in the organisation, ``own_role`` set for them alone (or None)."""

    name: str
    email: str
    role: str
    own_role: str | None = None


@dataclass(frozen=True)
class Manifest:
    """What a bundle says of itself, checked: ``application`` names the connector; empty where an older one did not."""

    host: str
    space_id: str
    title: str
    service: str
    application: str
    address: str
    made_at: str
    people: tuple[PersonBrought, ...]
    files: tuple[ExportedFile, ...]

    @property
    def size(self) -> int:
        """Return how many bytes the content takes once unpacked."""
        return sum(file.size for file in self.files)


def read_manifest(source: IO[bytes]) -> Manifest:
    """Judge an archive by its directory and read its manifest.

    ``RefusedOutside``: not_a_zip, too_many, too_large, link, bad_path, duplicate (as for websites), not_a_bundle for what
    is no export of a space, damaged where directory and manifest do not say the same.
    """
    return _read(open_zip(source, most=MOST_FILES))


def unpack(source: IO[bytes], target: Path) -> Manifest:
    """Write the content below the empty folder ``target``, every byte verified (``RefusedOutside("damaged")``)."""
    archive = open_zip(source, most=MOST_FILES)
    manifest = _read(archive)
    _check_list(archive, manifest)
    for file in manifest.files:
        _write(archive, file, target)
    return manifest


def _read(archive: zipfile.ZipFile) -> Manifest:
    sizes: dict[str, int] = {}
    packed = 0
    for info in archive.infolist():
        _check_name(info)
        if info.filename.endswith("/"):
            continue
        if info.filename in sizes:
            raise RefusedOutside("duplicate", "two entries for one path", about=info.filename[:200])
        sizes[info.filename] = info.file_size
        packed += info.compress_size
    _check_growth(sum(sizes.values()), packed)
    if not set(BESIDE) <= sizes.keys() or sizes["manifest.json"] > LARGEST_MANIFEST:
        raise RefusedOutside("not_a_bundle", "this archive is no export of a space")
    with readable("manifest.json"):
        text = archive.read("manifest.json")
    manifest = _manifest(text)
    told = {f"{CONTENT}/{file.path}": file.size for file in manifest.files}
    found = {path: size for path, size in sizes.items() if path not in BESIDE}
    if told != found:
        odd = sorted(set(told.items()) ^ set(found.items()))[0][0]
        raise RefusedOutside("damaged", "the manifest and the archive do not say the same", about=odd[:200])
    return manifest


def _check_name(info: zipfile.ZipInfo) -> None:
    name = info.orig_filename
    about = name[:200] if name.isprintable() else ascii(name)[:200]
    parts = name.removesuffix("/").split("/")
    if _CONTROL.search(name) or len(name.encode("utf-8", "replace")) > 1000 or any(p in {"", ".", ".."} for p in parts):
        raise RefusedOutside("bad_path", "a name leads elsewhere or cannot be shown", about=about)
    if any(len(part.encode("utf-8", "replace")) > 255 for part in parts):
        raise RefusedOutside("bad_path", "a name is too long", about=about)
    check_kind(info, about)


def _check_growth(total: int, packed: int) -> None:
    if total > LARGEST_TOTAL or (total > RATIO_FREE and total > MAX_RATIO * max(1, packed)):
        raise RefusedOutside("too_large", f"the archive would unpack to {total} bytes")


def _manifest(text: bytes) -> Manifest:
    try:
        told = json.loads(text)
        if told["format"] != FORMAT:
            raise RefusedOutside("other_format", f"a bundle of format {str(told['format'])[:80]}")
        space = told["space"]
        return Manifest(
            host=_text(told["host"]["name"], 200),
            space_id=_text(space["id"], 40),
            title=_text(space["title"], 160),
            service=_text(space["service"], 60),
            application=_text(space.get("application", ""), 30),
            address=_text(space["address"], 253),
            made_at=_text(told["made_at"], 40),
            people=tuple(_each(told["people"], _person, MOST_PEOPLE)),
            files=tuple(_each(told["files"], _file, MOST_FILES)),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise RefusedOutside("not_a_bundle", f"its manifest cannot be read: {ascii(str(error))[:200]}") from error


def _each(rows: Any, read: Callable[[Any], Any], most: int) -> Iterator[Any]:
    if not isinstance(rows, list) or len(rows) > most:
        raise ValueError("a list is missing or too long")
    return map(read, rows)


def _text(value: Any, longest: int) -> str:
    if not isinstance(value, str) or len(value) > longest or "\x00" in value:
        raise ValueError("a text is missing or too long")
    return value


def _person(row: Any) -> PersonBrought:
    email, role, own = _text(row["email"], 254), _text(row["role"], 20), row.get("own_role")
    if not _EMAIL.fullmatch(email) or role not in ROLES:
        raise ValueError("an address or a role is none")
    return PersonBrought(_text(row["name"], 160), email, role, None if own is None else _text(own, 40))


def _file(row: Any) -> ExportedFile:
    path, size, sha256 = _text(row["path"], 1000), row["size"], _text(row["sha256"], 64)
    if not path.startswith(f"{CONTENT}/") or not _SHA256.fullmatch(sha256):
        raise ValueError("a file is not told as one")
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise ValueError("a size is none")
    return ExportedFile(path.removeprefix(f"{CONTENT}/"), size, sha256)


def _check_list(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """Compare the list for ``sha256sum -c`` with the manifest, and the files beside the content with it."""
    with readable("CHECKSUMS.sha256"):
        lines = archive.read("CHECKSUMS.sha256").decode("utf-8", "replace").splitlines()
    listed = {path: digest for digest, _two, path in (line.partition("  ") for line in lines)}
    wanted = {f"{CONTENT}/{file.path}": file.sha256 for file in manifest.files}
    for path in BESIDE[:2]:
        with readable(path):
            wanted[path] = hashlib.sha256(archive.read(path)).hexdigest()
    if listed != wanted:
        odd = sorted(set(listed.items()) ^ set(wanted.items()))[0][0]
        raise RefusedOutside("damaged", "the list of checksums says something else", about=odd[:200])


def _write(archive: zipfile.ZipFile, file: ExportedFile, target: Path) -> None:
    path = target / file.path
    path.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with readable(file.path), archive.open(f"{CONTENT}/{file.path}") as content, path.open("wb") as written:
        while piece := content.read(_CHUNK):
            size += len(piece)
            if size > file.size:
                break
            digest.update(piece)
            written.write(piece)
    if (size, digest.hexdigest()) != (file.size, file.sha256):
        raise RefusedOutside("damaged", "a file is not what the manifest says", about=file.path[:200])
