# SPDX-License-Identifier: AGPL-3.0-or-later
"""Websites in memory: the same connector on a store that keeps nothing, with faults to order."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from threading import RLock
from typing import IO, Any, Literal

from archipel.connectors.websites.connector import GRACE, WebsitesConnector
from archipel.connectors.websites.store import Changed, Missing, Store, StoredObject, check_key
from archipel.kernel.outside import RefusedOutside, TryLater

Fault = Literal["silent", "refusing", "full", "slow", "lost"]
"""``lost``: the call is done, its answer never arrives. ``full``: only what writes fails."""
_WRITES = {"put", "swap", "touch"}


class MemoryStore:
    """Objects in a dictionary."""

    workers = 1
    freshness = 0.0

    def __init__(self) -> None:
        self._objects: dict[str, tuple[bytes, str, float]] = {}
        self._numbers = itertools.count(1)
        self._lock = RLock()

    def get(self, key: str) -> tuple[bytes, str]:
        content, tag, _ = self._found(key)
        return content, tag

    def tag(self, key: str) -> str | None:
        found = self._objects.get(check_key(key))
        return found[1] if found else None

    def put(self, key: str, content: bytes | IO[bytes]) -> None:
        if not isinstance(content, bytes):
            content.seek(0)
            content = content.read()
        with self._lock:
            self._objects[check_key(key)] = (content, str(next(self._numbers)), time.time())

    def swap(self, key: str, content: bytes, expected: str | None) -> None:
        with self._lock:
            if self.tag(key) != expected:
                raise Changed(key)
            self.put(key, content)

    def touch(self, key: str) -> bool:
        with self._lock:
            found = self._objects.get(check_key(key))
            if found:
                self._objects[key] = (found[0], found[1], time.time())
        return found is not None

    def open(self, key: str, start: int = 0, length: int | None = None) -> IO[bytes]:
        content = self._found(key)[0]
        return BytesIO(content[start : None if length is None else start + length])

    def list(self, prefix: str) -> Iterator[StoredObject]:
        check_key(prefix.rstrip("/"))
        with self._lock:
            found = sorted((key, *kept) for key, kept in self._objects.items() if key.startswith(prefix))
        for key, content, _, modified in found:
            yield StoredObject(key, len(content), modified)

    def delete(self, keys: Iterable[str]) -> None:
        for key in list(keys):
            self._objects.pop(check_key(key), None)

    def settle(self) -> None:
        """Memory survives no power cut."""

    def _found(self, key: str) -> tuple[bytes, str, float]:
        try:
            return self._objects[check_key(key)]
        except KeyError:
            raise Missing(key) from None


class FaultyStore:
    """Any store, with faults from the ``nth`` call on, for ``times`` calls; ``calls`` remembers what was asked."""

    def __init__(self, store: Store, *, delay: float = 0.05) -> None:
        self._store = store
        self._delay = delay
        self._fault: Fault | None = None
        self._from = self._until = 0
        self.calls: list[str] = []
        self.workers = 1
        self.freshness = store.freshness

    def fail(self, fault: Fault, *, nth: int = 1, times: int = 1_000_000) -> None:
        """Order a fault; the count of calls starts again."""
        self._fault, self._from, self._until = fault, nth, nth + times
        self.calls = []

    def heal(self) -> None:
        """Work again; the count of calls starts again."""
        self._fault = None
        self.calls = []

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """Listing fails at once, as if its first page were asked for."""
        return iter(self._call("list", prefix))

    def __getattr__(self, name: str) -> Callable[..., Any]:
        if name not in {"get", "tag", "put", "swap", "touch", "open", "delete", "settle"}:
            raise AttributeError(name)
        return lambda *given, **named: self._call(name, *given, **named)

    def _call(self, name: str, *given: Any, **named: Any) -> Any:
        self.calls.append(name)
        fault = self._fault if self._from <= len(self.calls) < self._until else None
        if fault == "silent":
            raise TryLater("no answer from the store (ordered)")
        if fault == "refusing":
            raise RefusedOutside("forbidden", "the store refuses (ordered)")
        if fault == "full" and name in _WRITES:
            raise TryLater("the store is full (ordered)", after=300)
        if fault == "slow":
            time.sleep(self._delay)
        done = getattr(self._store, name)(*given, **named)
        if fault == "lost":
            raise TryLater("the answer of the store was lost (ordered)")
        return done


class FakeWebsites(WebsitesConnector):
    """Order faults with ``fake.faults.fail(...)``, end them with ``fake.faults.heal()``."""

    def __init__(self, clock: Callable[[], datetime] | None = None, *, grace: float = GRACE) -> None:
        self.faults = FaultyStore(MemoryStore())
        super().__init__(self.faults, clock or (lambda: datetime.now(UTC)), grace=grace)
