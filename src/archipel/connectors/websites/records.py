# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the connector keeps about a site, where, and in which JSON.

``addresses/<host name>``                     {"space_id"}: who holds the address
``spaces/<id>/site.json``                     ``Site``: what may change, replaced at once
``spaces/<id>/versions/<version id>.json``    ``Manifest``: path → [SHA-256, bytes]; never changes
``spaces/<id>/blobs/<SHA-256>``               a file's content, shared by all versions that hold it
``spaces/<id>/uploads/<upload id>/…``         what is staged (``staging``)
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from archipel.kernel.outside import RefusedOutside
from archipel.spaces.ports import HoldNotice, PublishedVersion, SpaceSpec

FORMAT = 1
KEPT_EARLIER = 5
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_HOST = re.compile(r"(?=.{1,253}\Z)(?!-)[a-z0-9-]{1,63}(?<!-)(\.(?!-)[a-z0-9-]{1,63}(?<!-))*")

Files = dict[str, tuple[str, int]]
"""path → (SHA-256 in hexadecimal, bytes)."""


@dataclass(frozen=True)
class Site:
    """One space as ``site.json`` keeps it; ``versions`` newest first, ``online`` one of them or None (first page)."""

    space_id: str
    address: str
    title: str
    language: str
    quota: int | None
    opened_at: datetime
    settings: dict[str, str] = field(default_factory=dict)
    online: str | None = None
    versions: tuple[PublishedVersion, ...] = ()
    hold: HoldNotice | None = None

    def version(self, version_id: str | None) -> PublishedVersion | None:
        """Return a kept version."""
        return next((kept for kept in self.versions if kept.version_id == version_id), None)

    def publish(self, version: PublishedVersion) -> Site:
        """Return the site with this version online and the latest earlier ones kept."""
        earlier = [kept for kept in self.versions if kept.version_id != version.version_id]
        return replace(self, online=version.version_id, versions=(version, *earlier[:KEPT_EARLIER]))

    def respec(self, spec: SpaceSpec) -> Site:
        """Return the site with what a specification says, and what it shows untouched."""
        return replace(
            self,
            address=spec.address,
            title=spec.title,
            language=spec.language,
            quota=spec.quota,
            settings=dict(spec.settings),
        )


def new_site(spec: SpaceSpec, now: datetime) -> Site:
    """Return a site that shows only its first page."""
    return Site(spec.space_id, spec.address, spec.title, spec.language, spec.quota, now, dict(spec.settings))


def encode_site(site: Site) -> bytes:
    """Write ``site.json``."""
    return encode(asdict(site))


def decode_site(content: bytes) -> Site:
    """Read ``site.json``; ``RefusedOutside("damaged")`` when it is none."""
    try:
        read = json.loads(content)
        read.pop("format")
        read["opened_at"] = datetime.fromisoformat(read["opened_at"])
        read["versions"] = tuple(decode_version(version) for version in read["versions"])
        read["hold"] = HoldNotice(**read["hold"]) if read["hold"] else None
        return Site(**read)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RefusedOutside("damaged", f"the record of a site cannot be read: {error}") from error


def decode_version(read: dict[str, Any]) -> PublishedVersion:
    """Read one version of ``site.json`` or of an export."""
    published_at = datetime.fromisoformat(read["published_at"]).astimezone(UTC)
    return PublishedVersion(str(read["version_id"]), published_at, int(read["files"]), int(read["bytes"]))


def encode_files(files: Files) -> bytes:
    """Write a manifest or a sheet of staged files."""
    return encode({"files": dict(sorted(files.items()))})


def decode_files(content: bytes) -> Files:
    """Read what ``encode_files`` wrote; ``RefusedOutside("damaged")`` when it is not."""
    try:
        return {path: (str(sha256), int(size)) for path, (sha256, size) in json.loads(content)["files"].items()}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise RefusedOutside("damaged", f"a list of files cannot be read: {error}") from error


def encode(record: dict[str, Any]) -> bytes:
    """Write a record as JSON with its format number."""
    return json.dumps({"format": FORMAT, **record}, ensure_ascii=False, separators=(",", ":"), default=_plain).encode()


def _plain(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat()


def known_id(identifier: str) -> str:
    """Return one of our ids; ``RefusedOutside("unknown")`` for anything that cannot be one."""
    if not _ID.fullmatch(identifier):
        raise RefusedOutside("unknown", f"not an id of ours: {identifier[:80]!r}")
    return identifier


def host_name(name: str) -> str | None:
    """Return a host name in lower case, or None for what cannot be one."""
    name = name.strip().lower().removesuffix(".")
    return name if _HOST.fullmatch(name) else None


def address_key(address: str) -> str:
    return f"addresses/{address}"


def space_prefix(space_id: str) -> str:
    return f"spaces/{known_id(space_id)}/"


def site_key(space_id: str) -> str:
    return f"{space_prefix(space_id)}site.json"


def versions_prefix(space_id: str) -> str:
    return f"{space_prefix(space_id)}versions/"


def manifest_key(space_id: str, version_id: str) -> str:
    return f"{versions_prefix(space_id)}{known_id(version_id)}.json"


def blobs_prefix(space_id: str) -> str:
    return f"{space_prefix(space_id)}blobs/"


def blob_key(space_id: str, sha256: str) -> str:
    return f"{blobs_prefix(space_id)}{sha256}"


def uploads_prefix(space_id: str) -> str:
    return f"{space_prefix(space_id)}uploads/"


def upload_prefix(space_id: str, upload_id: str) -> str:
    return f"{uploads_prefix(space_id)}{known_id(upload_id)}/"
