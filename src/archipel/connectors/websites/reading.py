# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads sites for serving, and remembers: records until they change, manifests and compressed files within a bound."""

from __future__ import annotations

import gzip
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from threading import Lock
from typing import Generic, TypeVar

from archipel.connectors.websites.records import (
    Files,
    Site,
    address_key,
    blob_key,
    decode_files,
    decode_site,
    manifest_key,
    site_key,
)
from archipel.connectors.websites.store import Missing, Store
from archipel.kernel.outside import RefusedOutside

RECORDS = 4_000
PATHS = 60_000
"""Paths of all manifests together, about 20 MiB."""
COMPRESSED = 8 * 1024 * 1024

V = TypeVar("V")


class Remembered(Generic[V]):
    """Values by key, the least used forgotten first once they weigh more than ``bound``; safe between threads."""

    def __init__(self, bound: int) -> None:
        self._bound = bound
        self._total = 0
        self._kept: OrderedDict[Hashable, tuple[V, int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: Hashable) -> V | None:
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def keep(self, key: Hashable, value: V, weight: int = 1) -> V:
        """Remember, unless the value alone would fill the bound; return the value."""
        with self._lock:
            self._forget(key)
            if weight <= self._bound:
                self._kept[key] = (value, weight)
                self._total += weight
            while self._total > self._bound:
                self._forget(next(iter(self._kept)))
        return value

    def _forget(self, key: Hashable) -> None:
        dropped = self._kept.pop(key, None)
        self._total -= dropped[1] if dropped else 0


@dataclass
class _Record:
    """A record as it was read: its tag (None: there is none), what it says, when its tag was last seen to hold."""

    tag: str | None
    value: object
    seen_at: float


class Reader:
    """What serving knows of a store's sites. A change shows at once on a folder, within ``freshness`` elsewhere."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._records: Remembered[_Record] = Remembered(RECORDS)
        self._manifests: Remembered[Files] = Remembered(PATHS)
        self._compressed: Remembered[bytes] = Remembered(COMPRESSED)

    def site(self, address: str) -> Site | None:
        """Return the site at an address, or None."""
        space_id = self._record(address_key(address), _space_id)
        if not isinstance(space_id, str):
            return None
        site = self._record(site_key(space_id), decode_site)
        return site if isinstance(site, Site) and site.address == address else None

    def files(self, site: Site) -> Files:
        """Return what is online; ``Missing`` when the version was collected meanwhile."""
        version = site.version(site.online)
        if version is None:
            return {}
        key = (site.space_id, version.version_id, version.published_at)
        known = self._manifests.get(key)
        if known is not None:
            return known
        files = decode_files(self._store.get(manifest_key(site.space_id, version.version_id))[0])
        return self._manifests.keep(key, files, len(files) + 1)

    def compressed(self, site: Site, sha256: str) -> bytes:
        """Return a file compressed, the same bytes each time; ``Missing``."""
        known = self._compressed.get(sha256)
        if known is not None:
            return known
        content, _ = self._store.get(blob_key(site.space_id, sha256))
        packed = gzip.compress(content, 6, mtime=0)
        return self._compressed.keep(sha256, packed, len(packed) + 200)

    def _record(self, key: str, decode: Callable[[bytes], object]) -> object:
        known = self._records.get(key)
        now = time.monotonic()
        if known is not None and self._holds(key, known, now):
            return known.value
        try:
            content, tag = self._store.get(key)
        except Missing:
            return self._records.keep(key, _Record(None, None, now)).value
        return self._records.keep(key, _Record(tag, decode(content), now)).value

    def _holds(self, key: str, known: _Record, now: float) -> bool:
        if now - known.seen_at < self._store.freshness:
            return True
        if self._store.tag(key) != known.tag:
            return False
        known.seen_at = now
        return True


def _space_id(content: bytes) -> str:
    try:
        return str(json.loads(content)["space_id"])
    except (ValueError, KeyError, TypeError) as error:
        raise RefusedOutside("damaged", f"the record of an address cannot be read: {error}") from error
