# SPDX-License-Identifier: AGPL-3.0-or-later
"""Websites on any store: fills ``SpaceConnector`` and ``WebsitePublisher``.

Whatever changes about a site goes through ``_change``: read ``site.json``, decide, swap it if nobody swapped it in
between. Contents and manifests are written before, so a site is online whole or not at all, and a call that was cut
short leaves at most blobs that the next publication collects.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO

from archipel.connectors.websites import bundle
from archipel.connectors.websites.paths import shown
from archipel.connectors.websites.records import (
    Files,
    Site,
    address_key,
    blob_key,
    blobs_prefix,
    decode_files,
    decode_site,
    encode,
    encode_files,
    encode_site,
    host_name,
    known_id,
    manifest_key,
    new_site,
    site_key,
    space_prefix,
    uploads_prefix,
    versions_prefix,
)
from archipel.connectors.websites.staging import Staging, check_room
from archipel.connectors.websites.store import Changed, Missing, Store, StoredObject
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.spaces.ports import (
    ExportedFile,
    Health,
    HoldNotice,
    PersonAccess,
    PublishedVersion,
    SpaceSpec,
    Usage,
)

VERSION = "1"
GRACE = 6 * 3600.0
"""Seconds during which nothing unused is collected: somebody may be about to use it."""
UPLOAD_LIFE = 48 * 3600.0
"""Seconds after its last file when an upload nobody published is forgotten."""
_TRIES = 8

_log = logging.getLogger(__name__)


class WebsitesConnector:
    """``clock`` returns the present instant, aware; ``grace`` seconds before anything unused is collected."""

    def __init__(self, store: Store, clock: Callable[[], datetime], *, grace: float = GRACE) -> None:
        self.store = store
        self._clock = clock
        self._grace = grace
        self._staging = Staging(store)

    # SpaceConnector

    def open(self, spec: SpaceSpec) -> None:
        address = host_name(spec.address)
        if address is None:
            raise RefusedOutside("bad_input", f"not a host name: {spec.address[:100]!r}")
        spec = replace(spec, address=address)
        self._take_address(address, known_id(spec.space_id))
        before = None
        for _ in range(_TRIES):
            site, tag = self._read_or_none(spec.space_id)
            before = site.address if site else None
            wanted = site.respec(spec) if site else new_site(spec, self._clock())
            if wanted == site or self._swap(wanted, tag):
                break
        else:
            raise _contended()
        if before not in {None, address}:
            self._leave_address(str(before), spec.space_id)

    def set_people(self, space_id: str, people: Sequence[PersonAccess]) -> None:  # noqa: ARG002
        """Nobody signs in to a static site, and who may publish is decided by the caller: nothing personal is kept."""
        self._read(space_id)

    def set_quota(self, space_id: str, quota: int | None) -> None:
        self._change(space_id, lambda site: replace(site, quota=quota))

    def usage(self, space_id: str) -> Usage:
        site = self._read(space_id)
        online = site.version(site.online)
        stored, blobs = list(self.store.list(space_prefix(space_id))), blobs_prefix(space_id)
        return Usage(
            bytes=online.bytes if online else 0,
            files=online.files if online else 0,
            kept_bytes=sum(found.size for found in stored if found.key.startswith(blobs)),
            objects=len(stored) + 1,  # and the claim of its address
        )

    def hold(self, space_id: str, notice: HoldNotice) -> None:
        self._change(space_id, lambda site: replace(site, hold=notice))

    def release(self, space_id: str) -> None:
        self._change(space_id, lambda site: replace(site, hold=None))

    def export(self, space_id: str, target: Path) -> list[ExportedFile]:
        site = self._read(space_id)
        versions = {version.version_id: self._files(space_id, version.version_id) for version in site.versions}
        return bundle.write(self.store, site, versions, target, self._clock())

    def restore(self, space_id: str, source: Path) -> None:
        site = self._read(space_id)
        found = bundle.read(source, space_id)
        shown = found.files.get(found.online or "", {})
        check_room(site, len(shown), sum(size for _, size in shown.values()))
        bundle.keep_blobs(self.store, space_id, source, found)
        for version_id, files in found.files.items():
            self.store.put(manifest_key(space_id, version_id), encode_files(files))
        self.store.settle()
        self._change(space_id, lambda site: replace(site, online=found.online, versions=found.versions))

    def close(self, space_id: str) -> int:
        prefix = space_prefix(space_id)
        site, _ = self._read_or_none(space_id)
        deleted = self._leave_address(site.address, space_id) if site else 0
        keys = [found.key for found in self.store.list(prefix)]
        # The record last: until then a repeated call still knows the address.
        self.store.delete([key for key in keys if key != site_key(space_id)])
        self.store.delete([key for key in keys if key == site_key(space_id)])
        return deleted + len(keys)

    def health(self, space_id: str) -> Health:
        try:
            return Health(ok=True, detail=self._examine(self._read(space_id)))
        except (TryLater, RefusedOutside) as error:
            return Health(ok=False, detail=error.reason)

    def version(self) -> str:
        return VERSION

    # WebsitePublisher

    def stage_zip(self, space_id: str, upload_id: str, archive: IO[bytes]) -> int:
        return self._staging.stage_zip(_publishable(self._read(space_id)), upload_id, archive)

    def stage_file(self, space_id: str, upload_id: str, path: str, content: IO[bytes]) -> None:
        self._staging.stage_file(_publishable(self._read(space_id)), upload_id, path, content)

    def staged(self, space_id: str, upload_id: str) -> tuple[int, int]:
        return self._staging.staged(space_id, upload_id)

    def publish(self, space_id: str, upload_id: str, version_id: str) -> PublishedVersion:
        site = self._read(space_id)
        published = site.version(known_id(version_id))
        if published is None:
            published = self._put_online(_publishable(site), upload_id, version_id)
        self._tidy(space_id, upload_id)
        return published

    def discard(self, space_id: str, upload_id: str) -> None:
        self._staging.discard(space_id, upload_id)

    def versions(self, space_id: str) -> list[PublishedVersion]:
        return list(self._read(space_id).versions)

    def online(self, space_id: str) -> str | None:
        return self._read(space_id).online

    def restore_version(self, space_id: str, version_id: str) -> None:
        def put_back(site: Site) -> Site:
            if site.online == version_id:
                return site
            kept = _publishable(site).version(version_id)
            if kept is None:
                raise RefusedOutside("unknown", "this version is not kept any more")
            check_room(site, kept.files, kept.bytes)
            return replace(site, online=version_id)

        self._change(space_id, put_back)

    def paths(self, space_id: str, version_id: str) -> Iterator[tuple[str, int]]:
        if self._read(space_id).version(version_id) is None:
            raise RefusedOutside("unknown", "this version is not kept any more")
        for path, (_, size) in self._files(space_id, version_id).items():
            yield path, size

    # How a site changes

    def _read_or_none(self, space_id: str) -> tuple[Site | None, str | None]:
        try:
            content, tag = self.store.get(site_key(space_id))
        except Missing:
            return None, None
        return decode_site(content), tag

    def _read(self, space_id: str) -> Site:
        site, _ = self._read_or_none(space_id)
        if site is None:
            raise RefusedOutside("unknown", "there is no such website")
        return site

    def _change(self, space_id: str, decide: Callable[[Site], Site]) -> None:
        for _ in range(_TRIES):
            site, tag = self._read_or_none(space_id)
            if site is None:
                raise RefusedOutside("unknown", "there is no such website")
            wanted = decide(site)
            if wanted == site or self._swap(wanted, tag):
                return
        raise _contended()

    def _swap(self, site: Site, tag: str | None) -> bool:
        try:
            self.store.swap(site_key(site.space_id), encode_site(site), tag)
        except Changed:
            return False
        return True

    def _take_address(self, address: str, space_id: str) -> None:
        key = address_key(address)
        claim = encode({"space_id": space_id})
        for _ in range(_TRIES):
            try:
                if self.store.get(key)[0] != claim:
                    raise RefusedOutside("taken", f"{address} belongs to another website")
                return
            except Missing:
                with suppress(Changed):
                    self.store.swap(key, claim, None)
                    return
        raise _contended()

    def _leave_address(self, address: str, space_id: str) -> int:
        key = address_key(address)
        try:
            if self.store.get(key)[0] != encode({"space_id": space_id}):
                return 0
        except Missing:
            return 0
        self.store.delete([key])
        return 1

    # How a version comes and goes

    def _put_online(self, site: Site, upload_id: str, version_id: str) -> PublishedVersion:
        files = self._staging.collect(site.space_id, upload_id)
        if not files:
            raise RefusedOutside("empty", "nothing was staged")
        size = sum(size for _, size in files.values())
        check_room(site, len(files), size)
        self._check_whole(site.space_id, files)
        version = PublishedVersion(version_id, self._clock(), len(files), size)
        self.store.put(manifest_key(site.space_id, version_id), encode_files(files))
        self.store.settle()

        def put(now: Site) -> Site:
            check_room(_publishable(now), len(files), size)
            return now if now.version(version_id) else now.publish(version)

        self._change(site.space_id, put)
        return self._read(site.space_id).version(version_id) or version

    def _check_whole(self, space_id: str, files: Files) -> None:
        there = {blob.key: blob.size for blob in self.store.list(blobs_prefix(space_id))}
        for path, (sha256, size) in files.items():
            if there.get(blob_key(space_id, sha256)) != size:
                reason = f"the content of {shown(path)} did not arrive: send it again"
                raise RefusedOutside("unknown", reason, about=shown(path))

    def _files(self, space_id: str, version_id: str) -> Files:
        try:
            return decode_files(self.store.get(manifest_key(space_id, version_id))[0])
        except Missing as error:
            raise RefusedOutside("damaged", f"the list of files of version {version_id} is lost") from error

    def _tidy(self, space_id: str, upload_id: str) -> None:
        """Forget the upload and what nobody uses. The site is online: a failure here is for the next publication."""
        try:
            self._staging.discard(space_id, upload_id)
            self._collect(space_id)
        except (TryLater, RefusedOutside) as error:
            _log.warning("websites: %s was published but not tidied: %s", space_id, error.reason)

    def _collect(self, space_id: str) -> None:
        old = time.time() - self._grace
        kept = {version.version_id: f"{version.version_id}.json" for version in self._read(space_id).versions}
        manifests = {
            found.key
            for found in self.store.list(versions_prefix(space_id))
            if found.modified <= old and found.key.rpartition("/")[2] not in kept.values()
        }
        used = {sha256 for version_id in kept for sha256, _ in self._files(space_id, version_id).values()}
        unused = self._unused(space_id, used, old)
        if unused:
            live, forgotten = self._uploads(space_id)
            used = self._staging.blobs_of(live)
            unused = [key for key in unused if key.rpartition("/")[2] not in used]
            manifests.update(sheet.key for sheet in forgotten)
        self.store.delete([*manifests, *unused])

    def _unused(self, space_id: str, used: set[str], old: float) -> list[str]:
        blobs = self.store.list(blobs_prefix(space_id))
        return [blob.key for blob in blobs if blob.modified <= old and blob.key.rpartition("/")[2] not in used]

    def _uploads(self, space_id: str) -> tuple[list[StoredObject], list[StoredObject]]:
        """Return the sheets of live uploads, and those of uploads that nobody touched for ``UPLOAD_LIFE``."""
        sheets = list(self.store.list(uploads_prefix(space_id)))
        last: dict[str, float] = {}
        for sheet in sheets:
            upload = sheet.key.rpartition("/")[0]
            last[upload] = max(last.get(upload, 0.0), sheet.modified)
        limit = time.time() - UPLOAD_LIFE
        live = [sheet for sheet in sheets if last[sheet.key.rpartition("/")[0]] > limit]
        return live, [sheet for sheet in sheets if last[sheet.key.rpartition("/")[0]] <= limit]

    def _examine(self, site: Site) -> str:
        try:
            if self.store.get(address_key(site.address))[0] != encode({"space_id": site.space_id}):
                raise RefusedOutside("taken", f"{site.address} leads to another website")
            if site.online is None:
                return "shows its first page"
            files = self._files(site.space_id, site.online)
            if "index.html" not in files:
                return "has no index.html"
            sha256, _ = files["index.html"]
            content, _ = self.store.get(blob_key(site.space_id, sha256))
        except Missing as error:
            raise RefusedOutside("damaged", "the address or the front page is lost") from error
        if hashlib.sha256(content).hexdigest() != sha256:
            raise RefusedOutside("damaged", "the front page is not what was published")
        return f"shows {len(files)} files"


def _publishable(site: Site) -> Site:
    if site.hold is not None:
        raise RefusedOutside("read_only", "a hold forbids publishing")
    return site


def _contended() -> TryLater:
    return TryLater("this website is being changed by many at once", after=1)
