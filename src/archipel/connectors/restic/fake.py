# SPDX-License-Identifier: AGPL-3.0-or-later
"""A place for back-ups in memory, with faults to order; places of the same location share what they hold."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from archipel.connectors.restic.connector import PLACE, known, where_of
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.ports import BackupPlaceSpec, Copy, Retention

Fault = Literal["silent", "refusing", "full", "damaged", "lost", "bad_key", "killed"]
"""``lost``: the call is done, its answer never arrives. ``damaged``: what is read is not what was written."""
_FIRST = {"daily": "%Y-%m-%d", "weekly": "%G-%V", "monthly": "%Y-%m"}


class Killed(BaseException):
    """What a test orders in place of the end of the process."""


@dataclass
class _Kept:
    copy: Copy
    files: dict[str, tuple[bytes | None, int, float]]


@dataclass
class Shelf:
    """What one location holds."""

    passphrase: str = ""
    kept: dict[str, list[_Kept]] = field(default_factory=dict)
    fault: Fault | None = None
    about: str = ""
    calls: list[str] = field(default_factory=list)


class FakeBackups:
    """Makes stores by their specification: ``fake(spec)``; faults by location, ``fake.fail("/copies", "silent")``."""

    def __init__(self) -> None:
        self.shelves: dict[str, Shelf] = {}

    def __call__(self, spec: BackupPlaceSpec) -> FakeStore:
        where_of(spec)
        return FakeStore(spec, self.shelves.setdefault(spec.location, Shelf()))

    def fail(self, location: str, fault: Fault | None, *, about: str = "") -> None:
        """Order a fault until another one or None is ordered; ``about`` narrows it to the copies of one thing."""
        shelf = self.shelves.setdefault(location, Shelf())
        shelf.fault, shelf.about, shelf.calls = fault, about, []


class FakeStore:
    """The port in memory."""

    _numbers = itertools.count(1)

    def __init__(self, spec: BackupPlaceSpec, shelf: Shelf) -> None:
        self._spec, self._shelf = spec, shelf

    def ensure(self) -> None:
        self._call("ensure", PLACE)
        if not self._shelf.passphrase:
            self._shelf.passphrase = self._spec.passphrase
        self._check_key()

    def keep(self, about: str, folder: Path, *, taken_at: datetime) -> Copy:
        self._call("keep", known(about), writes=True)
        self._check_key()
        rows = self._shelf.kept.setdefault(about, [])
        same = [row.copy for row in rows if row.copy.taken_at == taken_at]
        if same:
            return same[0]
        files = _read(folder)
        sizes = [len(content) for content, _, _ in files.values() if content is not None]
        number = f"{next(self._numbers):08x}"
        copy = Copy(f"{about}/{number}", about, taken_at, sum(sizes), len(sizes), sum(sizes))
        rows.append(_Kept(copy, files))
        self._lost()
        return copy

    def copies(self, about: str = "") -> list[Copy]:
        self._call("copies", about)
        self._check_key()
        rows = (
            self._shelf.kept.get(known(about), [])
            if about
            else [row for one in self._shelf.kept.values() for row in one]
        )
        return sorted((row.copy for row in rows), key=lambda copy: copy.taken_at, reverse=True)

    def bring_back(self, copy_id: str, target: Path) -> None:
        about = copy_id.partition("/")[0]
        self._call("bring_back", about)
        self._check_key()
        found = [row for row in self._shelf.kept.get(about, []) if row.copy.id == copy_id]
        if not found:
            raise RefusedOutside("unknown", "there is nothing of that name in this place")
        if any(target.iterdir()):
            raise RefusedOutside("bad_input", "a copy is brought back into an empty folder only")
        if self._struck("damaged", about):
            raise RefusedOutside("damaged", "what is kept there cannot be read (ordered)")
        _write(found[0].files, target)

    def thin_out(self, about: str, retention: Retention) -> list[str]:
        self._call("thin_out", known(about))
        self._check_key()
        if not (retention.daily or retention.weekly or retention.monthly):
            raise RefusedOutside("bad_input", "a place keeps something")
        rows = sorted(self._shelf.kept.get(about, []), key=lambda row: row.copy.taken_at, reverse=True)
        recent = rows[0].copy.taken_at - timedelta(days=retention.recent_days) if rows else None
        stay = {row.copy.id for row in rows if retention.recent_days and recent and row.copy.taken_at > recent}
        for kind, shape in _FIRST.items():
            seen: dict[str, str] = {}
            for row in rows:
                seen.setdefault(row.copy.taken_at.astimezone(UTC).strftime(shape), row.copy.id)
            stay |= set(list(seen.values())[: getattr(retention, kind)])
        gone = [row.copy.id for row in rows if row.copy.id not in stay]
        self._shelf.kept[about] = [row for row in self._shelf.kept.get(about, []) if row.copy.id in stay]
        return gone

    def drop(self, about: str) -> int:
        self._call("drop", known(about))
        self._check_key()
        count = len(self._shelf.kept.pop(about, []))
        self._lost()
        return count

    def check(self, *, share: float = 0.05) -> None:  # noqa: ARG002 - all of it is in memory
        self._call("check", "")
        self._check_key()
        if self._struck("damaged", ""):
            raise RefusedOutside("damaged", "what is kept cannot be read (ordered)", about=self._shelf.about)

    def size(self) -> int:
        self._call("size", "")
        return sum(row.copy.added for rows in self._shelf.kept.values() for row in rows)

    def _call(self, name: str, about: str, *, writes: bool = False) -> None:
        self._shelf.calls.append(f"{name} {about}".strip())
        if self._struck("killed", about):
            raise Killed
        if self._struck("silent", about):
            raise TryLater("the place does not answer (ordered)", after=300)
        if self._struck("refusing", about):
            raise RefusedOutside("forbidden", "the place refuses (ordered)")
        if writes and self._struck("full", about):
            raise TryLater("the disk or the storage is full", after=1800)

    def _struck(self, fault: Fault, about: str) -> bool:
        return self._shelf.fault == fault and (not about or self._shelf.about in {"", about})

    def _lost(self) -> None:
        if self._shelf.fault == "lost":
            raise TryLater("the answer of the place was lost (ordered)")

    def _check_key(self) -> None:
        if not self._shelf.passphrase:
            raise RefusedOutside("unknown", "there is nothing of that name in this place")
        if self._shelf.fault == "bad_key" or self._shelf.passphrase != self._spec.passphrase:
            raise RefusedOutside("bad_key", "the passphrase does not open what is there")


def _read(folder: Path) -> dict[str, tuple[bytes | None, int, float]]:
    found: dict[str, tuple[bytes | None, int, float]] = {}
    for path in sorted(folder.rglob("*")):
        seen = path.lstat()
        found[str(path.relative_to(folder))] = (
            path.read_bytes() if path.is_file() else None,
            seen.st_mode & 0o7777,
            seen.st_mtime,
        )
    return found


def _write(files: dict[str, tuple[bytes | None, int, float]], target: Path) -> None:
    for name, (content, mode, _) in files.items():
        path = target / name
        if content is None:
            path.mkdir(parents=True, exist_ok=True)
        else:
            path.write_bytes(content)
            path.chmod(mode)
    for name, (_, _, modified) in reversed(files.items()):
        os.utime(target / name, (modified, modified))
