# SPDX-License-Identifier: AGPL-3.0-or-later
"""A website taken away and brought back: plain files in folders, and one JSON that says what they are.

    site/…                   what visitors get
    earlier/<version id>/…   the kept earlier versions
    archipel-website.json    {"format": 1, "kind": "archipel-website", "exported_at",
                              "space": {"space_id", "address", "title", "language", "quota", "settings", "opened_at"},
                              "online": version id or null,
                              "versions": [{"version_id", "published_at", "paths": {path: [SHA-256, bytes]}}, …]}

Versions come newest first; instants are ISO 8601 in UTC; ``quota`` is bytes or null (unlimited).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from archipel.connectors.websites.paths import check_distinct, check_path, shown
from archipel.connectors.websites.records import (
    KEPT_EARLIER,
    Files,
    Site,
    blob_key,
    decode_files,
    decode_version,
    encode,
    known_id,
)
from archipel.connectors.websites.store import Missing, Store, read_chunks
from archipel.kernel.outside import RefusedOutside
from archipel.spaces.ports import ExportedFile, PublishedVersion

NAME = "archipel-website.json"
KIND = "archipel-website"
ID_SIGNS = 14


@dataclass(frozen=True)
class Found:
    """What a bundle holds, checked: ``files`` by version id, and in which folders, where that id is another one there."""

    online: str | None
    versions: tuple[PublishedVersion, ...]
    files: dict[str, Files]
    folders: dict[str, str]


def write(store: Store, site: Site, versions: dict[str, Files], target: Path, now: datetime) -> list[ExportedFile]:
    """Write the bundle below ``target``; ``RefusedOutside("damaged")`` when the store lost what was published."""
    written = []
    for version_id, files in versions.items():
        folder = _folder(version_id, site.online)
        for path, (sha256, size) in files.items():
            _copy(store, blob_key(site.space_id, sha256), target / folder / path, sha256)
            written.append(ExportedFile(f"{folder}/{path}", size, sha256))
    content = encode(_describe(site, versions, now))
    target.mkdir(parents=True, exist_ok=True)
    (target / NAME).write_bytes(content)
    written.append(ExportedFile(NAME, len(content), hashlib.sha256(content).hexdigest()))
    return written


def read(source: Path, space_id: str) -> Found:
    """Read and check the JSON of a bundle; ``RefusedOutside("bad_input")`` for anything that is none.

    In another space than the one it was taken from, a version is another version: it gets an id of its own there,
    always the same one.
    """
    try:
        told = json.loads((source / NAME).read_bytes())
        if told["kind"] != KIND or told["format"] != 1:
            raise ValueError("another kind of export")
        files = {known_id(version["version_id"]): _paths(version) for version in told["versions"]}
        versions = tuple(_version(version, files) for version in told["versions"])
        online, origin = told["online"], told["space"]["space_id"]
        if (online is not None and online not in files) or len(versions) > KEPT_EARLIER + 1:
            raise ValueError("its versions do not fit")
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise RefusedOutside("bad_input", f"this is not the export of a website: {error}") from error
    if origin == space_id:
        return Found(online, versions, files, {})
    return _moved(Found(online, versions, files, {}), space_id)


def _moved(found: Found, space_id: str) -> Found:
    ids = {old: hashlib.sha256(f"{space_id} {old}".encode()).hexdigest()[:ID_SIGNS] for old in found.files}
    return Found(
        online=ids[found.online] if found.online else None,
        versions=tuple(replace(version, version_id=ids[version.version_id]) for version in found.versions),
        files={ids[old]: paths for old, paths in found.files.items()},
        folders={ids[old]: _folder(old, found.online) for old in found.files},
    )


def keep_blobs(store: Store, space_id: str, source: Path, found: Found) -> None:
    """Bring every content back; ``RefusedOutside("damaged")`` at the first that is not what the bundle says."""
    kept: set[str] = set()
    for version_id, files in found.files.items():
        folder = source / found.folders.get(version_id, _folder(version_id, found.online))
        for path, (sha256, _) in files.items():
            if sha256 not in kept:
                _bring(store, space_id, source, folder / path, sha256)
                kept.add(sha256)


def _describe(site: Site, versions: dict[str, Files], now: datetime) -> dict[str, Any]:
    space = {
        name: getattr(site, name)
        for name in ("space_id", "address", "title", "language", "quota", "settings", "opened_at")
    }
    told = [
        {
            "version_id": version.version_id,
            "published_at": version.published_at,
            "paths": versions[version.version_id],
        }
        for version in site.versions
    ]
    return {"kind": KIND, "exported_at": now, "space": space, "online": site.online, "versions": told}


def _folder(version_id: str, online: str | None) -> str:
    return "site" if version_id == online else f"earlier/{version_id}"


def _copy(store: Store, key: str, target: Path, sha256: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    try:
        with store.open(key) as content, target.open("wb") as written:
            for piece in read_chunks(content):
                digest.update(piece)
                written.write(piece)
    except Missing as error:
        raise RefusedOutside(
            "damaged", f"a published file is lost: {shown(target.name)}", about=shown(target.name)
        ) from error
    if digest.hexdigest() != sha256:
        raise RefusedOutside(
            "damaged", f"a published file is not what it was: {shown(target.name)}", about=shown(target.name)
        )


def _paths(version: dict[str, Any]) -> Files:
    files = decode_files(json.dumps({"files": version["paths"]}).encode())
    if any(check_path(path) != path for path in files):
        raise ValueError("a path is not in its one form")
    check_distinct(files)
    return files


def _version(told: dict[str, Any], files: dict[str, Files]) -> PublishedVersion:
    paths = files[told["version_id"]]
    size = sum(size for _, size in paths.values())
    return decode_version({**told, "files": len(paths), "bytes": size})


def _bring(store: Store, space_id: str, source: Path, path: Path, sha256: str) -> None:
    if not path.resolve().is_relative_to(source.resolve()) or not path.is_file():
        raise RefusedOutside("damaged", f"the export lacks {shown(path.name)}", about=shown(path.name))
    with path.open("rb") as content:
        digest = hashlib.sha256()
        for piece in read_chunks(content):
            digest.update(piece)
        if digest.hexdigest() != sha256:
            raise RefusedOutside("damaged", f"{shown(path.name)} is not what the export says", about=shown(path.name))
        store.put(blob_key(space_id, sha256), content)
