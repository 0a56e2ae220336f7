# SPDX-License-Identifier: AGPL-3.0-or-later
"""What waits to be published: an upload is a few *sheets*, each a list of files whose contents are already blobs.

A sheet's key says what it weighs, so that one listing tells files and bytes without opening anything:
``file~<folded path>~<path>~<bytes>`` (one file; hashes of the path) and ``pack~<files>~<bytes>~<hash>`` (a zip).
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from typing import IO, TypeVar

from archipel.connectors.websites.archive import MAX_FILE, MAX_FILES, MAX_TOTAL, Archive
from archipel.connectors.websites.paths import check_distinct, check_path, fold, is_ignored, shown
from archipel.connectors.websites.records import (
    Files,
    Site,
    blob_key,
    blobs_prefix,
    decode_files,
    encode,
    upload_prefix,
)
from archipel.connectors.websites.store import Missing, Store, StoredObject, read_chunks
from archipel.kernel.outside import RefusedOutside

IN_MEMORY = 1024 * 1024
BELIEVED = 2.0
_REMEMBERED = 64

T = TypeVar("T")
R = TypeVar("R")


class _Upload:
    """What a listing of an upload told, and when; counted as it grows, for an upload may be thousands of sheets."""

    def __init__(self, sheets: Iterable[str]) -> None:
        self.at = time.monotonic()
        self.files = self.size = 0
        self._by_path: dict[str, set[str]] = {}
        for sheet in sheets:
            self.add(sheet)

    def like(self, folded: str) -> set[str]:
        """Return the sheets of one path, whatever its case."""
        return set(self._by_path.get(folded, ()))

    def add(self, sheet: str) -> None:
        known = self._by_path.setdefault(_folded(sheet), set())
        if sheet not in known:
            known.add(sheet)
            self._count(sheet, 1)

    def remove(self, sheet: str) -> None:
        known = self._by_path.get(_folded(sheet), set())
        if sheet in known:
            known.remove(sheet)
            self._count(sheet, -1)

    def _count(self, sheet: str, sign: int) -> None:
        kind, *told = sheet.split("~")
        self.files += sign * (1 if kind == "file" else int(told[0]))
        self.size += sign * int(told[2] if kind == "file" else told[1])


class Staging:
    """Uploads of a store. The early check of a quota may lag ``BELIEVED`` seconds behind other processes."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen: dict[str, _Upload] = {}
        self._lock = Lock()

    def stage_file(self, site: Site, upload_id: str, path: str, content: IO[bytes]) -> None:
        """Add one file; what systems leave behind (``is_ignored``) is quietly dropped."""
        if is_ignored(path):
            return
        path = check_path(path)
        prefix = upload_prefix(site.space_id, upload_id)
        upload = self._look(prefix)
        name = f"file~{_hash(fold(path))}~{_hash(path)}~"
        replaced = upload.like(_folded(name))
        if any(not other.startswith(name) for other in replaced):
            raise RefusedOutside("duplicate", f"two files for one path: {shown(path)}", about=shown(path))
        if not replaced and upload.files >= MAX_FILES:
            raise RefusedOutside("too_many", f"more than {MAX_FILES} files")
        others = upload.size - sum(int(other.rpartition("~")[2]) for other in replaced)
        room = MAX_FILE if site.quota is None else min(MAX_FILE, site.quota - others)
        with _at_hand(content, room) as source:
            sha256, size = _digest(source, room, path)
            # Sheet first: from here on the blob is known to be needed.
            sheet = f"{name}{size}"
            self._store.put(prefix + sheet, _sheet({path: (sha256, size)}))
            self._store.put(blob_key(site.space_id, sha256), source)
        upload.add(sheet)
        gone = replaced - {sheet}
        self._store.delete(prefix + other for other in gone)
        for other in gone:
            upload.remove(other)

    def stage_zip(self, site: Site, upload_id: str, source: IO[bytes]) -> int:
        """Judge a whole archive, then add its files; nothing is written for one that is refused."""
        prefix = upload_prefix(site.space_id, upload_id)
        with _at_hand(source, MAX_TOTAL) as seekable:
            archive = Archive(seekable)
            if not archive.entries:
                raise RefusedOutside("empty", "the archive holds no file")
            upload = self._look(prefix, at_once=True)
            sheet = _pack_name(archive)
            upload.remove(sheet)
            check_room(site, upload.files + len(archive.entries), upload.size + archive.size)
            digests = archive.verify()
            self._keep_blobs(site.space_id, archive, digests)
        files = {entry.path: (digests[entry.path], entry.size) for entry in archive.entries}
        self._store.put(prefix + sheet, _sheet(files))
        upload.add(sheet)
        return len(files)

    def staged(self, space_id: str, upload_id: str) -> tuple[int, int]:
        """Return (files, bytes) staged so far."""
        upload = self._look(upload_prefix(space_id, upload_id), at_once=True)
        return upload.files, upload.size

    def collect(self, space_id: str, upload_id: str) -> Files:
        """Return all files of an upload; of two contents for one path the later one. Empty for an unknown upload."""
        keys = [sheet.key for sheet in self._store.list(upload_prefix(space_id, upload_id))]
        files: Files = {}
        for _, sheet in sorted(parallel(self._store, self._read, keys), key=lambda read: read[0]):
            files.update(sheet)
        check_distinct(files)
        return files

    def discard(self, space_id: str, upload_id: str) -> None:
        """Forget an upload; its blobs go with the next collection."""
        prefix = upload_prefix(space_id, upload_id)
        with self._lock:
            self._seen.pop(prefix, None)
        self._store.delete([sheet.key for sheet in self._store.list(prefix)])

    def blobs_of(self, sheets: Iterable[StoredObject]) -> set[str]:
        """Return the SHA-256 of every file that these sheets name."""
        read = parallel(self._store, self._read, [sheet.key for sheet in sheets])
        return {sha256 for _, files in read for sha256, _ in files.values()}

    def _read(self, key: str) -> tuple[int, Files]:
        """Return when a sheet was written, and its files: what a store says of time is too coarse to order them."""
        try:
            content, _ = self._store.get(key)
        except Missing:
            return 0, {}
        return int(json.loads(content).get("staged_at", 0)), decode_files(content)

    def _look(self, prefix: str, *, at_once: bool = False) -> _Upload:
        seen = self._seen.get(prefix)
        if seen is None or at_once or time.monotonic() - seen.at > BELIEVED:
            seen = _Upload(sheet.key.removeprefix(prefix) for sheet in self._store.list(prefix))
            with self._lock:
                self._seen[prefix] = seen
                while len(self._seen) > _REMEMBERED:
                    del self._seen[next(iter(self._seen))]
        return seen

    def _keep_blobs(self, space_id: str, archive: Archive, digests: dict[str, str]) -> None:
        known = {blob.key for blob in self._store.list(blobs_prefix(space_id))}

        def keep(entry_path: str, content: IO[bytes]) -> None:
            key = blob_key(space_id, digests[entry_path])
            if key not in known or not self._store.touch(key):
                self._store.put(key, content)

        if self._store.workers == 1:
            for entry in archive.entries:
                with archive.open(entry) as content:
                    keep(entry.path, content)
            return
        with ThreadPoolExecutor(self._store.workers) as pool:
            running: list[Future[None]] = []
            for entry in archive.entries:
                with archive.open(entry) as packed:
                    content = _spool(packed)
                running.append(pool.submit(_put_and_close, keep, entry.path, content))
                # Bounded, so that a large site never waits in memory.
                if len(running) >= 2 * self._store.workers:
                    running.pop(0).result()
            for left in running:
                left.result()


def check_room(site: Site, files: int, size: int) -> None:
    """``RefusedOutside`` when so many files or bytes are more than a site, or this one, may hold."""
    if files > MAX_FILES:
        raise RefusedOutside("too_many", f"{files} files, {MAX_FILES} are allowed")
    if site.quota is not None and size > site.quota:
        raise RefusedOutside("quota", f"{size} bytes, the space holds {site.quota}")
    if size > MAX_TOTAL:
        raise RefusedOutside("too_large", f"{size} bytes, {MAX_TOTAL} are allowed at once")


def parallel(store: Store, call: Callable[[T], R], arguments: list[T]) -> Iterator[R]:
    """Call with each argument, as many at a time as the store is good for, in order."""
    if store.workers == 1 or len(arguments) < 2:
        yield from map(call, arguments)
        return
    with ThreadPoolExecutor(store.workers) as pool:
        yield from pool.map(call, arguments)


def _sheet(files: Files) -> bytes:
    return encode({"files": files, "staged_at": time.time_ns()})


def _folded(sheet: str) -> str:
    return sheet[: sheet.index("~", 5)] if sheet.startswith("file~") else sheet


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _pack_name(archive: Archive) -> str:
    """The same archive again gets the same name, so that a repeated call replaces what the first one wrote."""
    told = "\n".join(f"{entry.info.CRC:08x} {entry.size} {entry.path}" for entry in archive.entries)
    return f"pack~{len(archive.entries)}~{archive.size}~{_hash(told)}"


@contextmanager
def _at_hand(content: IO[bytes], limit: int) -> Iterator[IO[bytes]]:
    """Give a file that can be read twice; of one that cannot, keep aside at most one byte more than is allowed."""
    if content.seekable():
        yield content
        return
    with _spool(content, max(0, limit) + 1) as kept:
        yield kept


def _spool(content: IO[bytes], length: int | None = None) -> IO[bytes]:
    kept = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - closed by the caller
    for piece in read_chunks(content, length):
        kept.write(piece)
    kept.seek(0)
    return kept


def _digest(source: IO[bytes], limit: int, path: str) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    source.seek(0)
    for piece in read_chunks(source):
        digest.update(piece)
        size += len(piece)
        if size > limit:
            break
    if size > limit:
        code = "too_large" if limit == MAX_FILE else "quota"
        raise RefusedOutside(code, f"{shown(path)} is larger than the {max(0, limit)} bytes left", about=shown(path))
    return digest.hexdigest(), size


def _put_and_close(keep: Callable[[str, IO[bytes]], None], path: str, content: IO[bytes]) -> None:
    with content:
        keep(path, content)
