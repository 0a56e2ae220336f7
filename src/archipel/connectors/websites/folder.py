# SPDX-License-Identifier: AGPL-3.0-or-later
"""The store in a local folder.

Durability: an object is written aside and renamed, so that it is whole or absent; it is not flushed one by one
(2,000 flushes cost seconds on a plain disk). ``settle`` flushes the file system once, and ``swap``, which makes
things visible, flushes its own file and folder. A version goes online only after ``settle``.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from archipel.connectors.websites.store import CHUNK, Changed, Missing, StoredObject, check_key
from archipel.kernel.outside import RefusedOutside, TryLater

STALE_AFTER = 24 * 3600
_LOCKS = 64
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_FORBIDDEN = {errno.EACCES, errno.EPERM, errno.EROFS}


class FolderStore:
    """Objects as files below ``root``; ``lock_wait`` seconds at most for another process that is swapping."""

    workers = 1
    freshness = 0.0

    def __init__(self, root: Path, *, lock_wait: float = 10.0) -> None:
        self.root = root
        self._objects = root / "objects"
        self._incoming = root / "incoming"
        self._locks = root / "locks"
        self._lock_wait = lock_wait
        try:
            with _failures():
                for folder in (self._objects, self._incoming, self._locks):
                    folder.mkdir(parents=True, exist_ok=True)
                self._sweep()
        except Missing as error:
            raise RefusedOutside("forbidden", f"the folder of websites cannot be made: {error}") from error

    def get(self, key: str) -> tuple[bytes, str]:
        with _failures(), self._path(key).open("rb") as source:
            return source.read(), _tag(os.fstat(source.fileno()))

    def tag(self, key: str) -> str | None:
        try:
            with _failures():
                return _tag(self._path(key).stat())
        except Missing:
            return None

    def put(self, key: str, content: bytes | IO[bytes]) -> None:
        with _failures():
            self._place(self._path(key), content)

    def swap(self, key: str, content: bytes, expected: str | None) -> None:
        path = self._path(key)
        with self._lock(key):
            if self.tag(key) != expected:
                raise Changed(key)
            with _failures():
                self._place(path, content, durable=True)

    def touch(self, key: str) -> bool:
        try:
            with _failures():
                os.utime(self._path(key))
        except Missing:
            return False
        return True

    def open(self, key: str, start: int = 0, length: int | None = None) -> IO[bytes]:  # noqa: ARG002
        with _failures():
            source = self._path(key).open("rb")
            source.seek(start)
            return source

    def list(self, prefix: str) -> Iterator[StoredObject]:
        top = self._path(prefix.rstrip("/"))
        for folder, folders, names in os.walk(top):
            folders.sort()
            base = Path(folder).relative_to(self._objects).as_posix()
            for name in sorted(names):
                with suppress(FileNotFoundError):
                    seen = os.stat(f"{folder}/{name}")  # noqa: PTH116 - thousands of them
                    yield StoredObject(f"{base}/{name}", seen.st_size, seen.st_mtime)

    def delete(self, keys: Iterable[str]) -> None:
        folders = set()
        with _failures():
            for key in keys:
                path = self._path(key)
                path.unlink(missing_ok=True)
                folders.add(path.parent)
        for folder in sorted(folders, reverse=True):
            self._drop_empty(folder)

    def settle(self) -> None:
        with _failures():
            _flush_file_system(self._objects)

    def _path(self, key: str) -> Path:
        return self._objects / check_key(key)

    def _place(self, path: Path, content: bytes | IO[bytes], *, durable: bool = False) -> None:
        written = self._incoming / uuid.uuid4().hex
        try:
            with written.open("xb") as target:
                if isinstance(content, bytes):
                    target.write(content)
                else:
                    content.seek(0)
                    shutil.copyfileobj(content, target, CHUNK)
                if durable:
                    target.flush()
                    # The clock of the file system ticks every few milliseconds: too coarse for a tag.
                    os.utime(target.fileno(), ns=(time.time_ns(), time.time_ns()))
                    os.fsync(target.fileno())
            _rename(written, path)
        except BaseException:
            written.unlink(missing_ok=True)
            raise
        if durable:
            _flush_folder(path.parent)

    @contextmanager
    def _lock(self, key: str) -> Iterator[None]:
        """Hold one of a few lock files; they are never deleted, or two processes could lock two files of one name."""
        number = hashlib.sha256(key.encode()).digest()[0] % _LOCKS
        with _failures():
            handle = os.open(self._locks / f"{number:02d}", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            self._wait(handle)
            yield
        finally:
            os.close(handle)

    def _wait(self, handle: int) -> None:
        until = time.monotonic() + self._lock_wait
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() > until:
                    raise TryLater("another process keeps the folder of websites locked", after=5) from None
                time.sleep(0.005)

    def _drop_empty(self, folder: Path) -> None:
        while folder != self._objects:
            try:
                folder.rmdir()
            except OSError:
                return
            folder = folder.parent

    def _sweep(self) -> None:
        """Forget what killed processes left half written."""
        limit = time.time() - STALE_AFTER
        for left in os.scandir(self._incoming):
            with suppress(FileNotFoundError):
                if left.stat().st_mtime < limit:
                    Path(left.path).unlink()


def _rename(written: Path, path: Path) -> None:
    for _ in range(5):
        try:
            written.replace(path)
            return
        except FileNotFoundError:
            # The folder is new, or was just dropped as empty by a deletion in another process.
            path.parent.mkdir(parents=True, exist_ok=True)
    raise TryLater("a folder of websites is being deleted")


def _tag(seen: os.stat_result) -> str:
    return f"{seen.st_ino:x}-{seen.st_mtime_ns:x}-{seen.st_size:x}"


def _flush_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _flush_file_system(folder: Path) -> None:
    flush = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if flush is None:
        os.sync()
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        if flush(handle) != 0:
            code = ctypes.get_errno()
            raise OSError(code, os.strerror(code))
    finally:
        os.close(handle)


@contextmanager
def _failures() -> Iterator[None]:
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise Missing(str(error)) from error
    except OSError as error:
        if error.errno in _FULL:
            raise TryLater("the disk of websites is full", after=300) from error
        if error.errno in _FORBIDDEN:
            raise RefusedOutside("forbidden", f"the folder of websites may not be written: {error.strerror}") from error
        raise TryLater(f"the disk of websites failed: {error.strerror}") from error
