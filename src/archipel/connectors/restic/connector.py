# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fills ``BackupStore`` with restic: a repository for each thing, opened by the one passphrase of the place.

A repository named ``place`` says that the place was prepared: where it is missing (a disk that is not mounted), nothing is
made anew. An id of a copy is ``<about>/<first eight signs of restic's>``; tags hold what restic does not tell of a snapshot.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from archipel.connectors.restic.client import LONG, SHORT, Answer, Restic
from archipel.connectors.restic.failures import DAMAGED, UNKNOWN
from archipel.connectors.restic.s3 import S3
from archipel.connectors.restic.where import NAME, Folder, Sftp, Where
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.ports import BackupPlaceSpec, Copy, Retention

PLACE = "place"
_COPY = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,39})/([0-9a-f]{8})")


def where_of(spec: BackupPlaceSpec) -> Where:
    """Return the storage of a place; ``RefusedOutside("bad_input")`` for a location that cannot be one."""
    if spec.kind == "folder":
        return Folder(spec.location)
    if spec.kind == "s3":
        return S3(spec.location, spec.credentials)
    if spec.kind == "sftp":
        return Sftp(spec.location, spec.credentials)
    raise RefusedOutside("bad_input", f"no storage of kind {spec.kind}")


@dataclass(frozen=True)
class _Snapshot:
    id: str
    copy: Copy


class ResticStore:
    """``cache`` is a folder of ours; ``now`` the present instant, which says whose turn it is to be read by ``check``."""

    def __init__(
        self,
        spec: BackupPlaceSpec,
        cache: Path,
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        program: str = "restic",
    ) -> None:
        self._where = where_of(spec)
        self._now = now
        self._restic = Restic(
            passphrase=spec.passphrase,
            cache=cache,
            environment=self._where.environment,
            options=self._where.options,
            files=self._where.files,
            program=program,
        )

    def ensure(self) -> None:
        self._where.reach()
        try:
            self._open(PLACE)
        except RefusedOutside as refused:
            if refused.code != UNKNOWN:
                raise
            self._make(PLACE)

    def keep(self, about: str, folder: Path, *, taken_at: datetime) -> Copy:
        name = known(about)
        files, size = _measure(folder)
        tags = {"about": name, "at": taken_at.astimezone(UTC).isoformat(), "files": str(files), "bytes": str(size)}
        found = self._snapshots_or_make(name)
        same = [one for one in found if one.copy.taken_at == taken_at]
        if same and (same[0].copy.files, same[0].copy.bytes) == (files, size):
            return same[0].copy
        if same:
            # Left by a call that was cut short while its folder was still being written.
            self._forget(name, [one.id for one in same])
        moment = taken_at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
        words = ("backup", "--json", "--force", "--host=archipel", f"--time={moment}", f"--tag={_tag(tags)}", ".")
        said = self._run(name, *words, cwd=folder, timeout=LONG)
        summary = _summary(said)
        if said.partly:
            self._forget(name, [summary["snapshot_id"]])
            raise TryLater("something could not be read while it was backed up", after=60)
        return Copy(f"{name}/{summary['snapshot_id'][:8]}", name, taken_at, size, files, int(summary["data_added"]))

    def copies(self, about: str = "") -> list[Copy]:
        self._where.reach()
        if about:
            found = self._snapshots(known(about)) or []
        else:
            self._open(PLACE)
            names = [name for name in self._where.names() if name != PLACE and NAME.fullmatch(name)]
            found = [one for name in names for one in self._snapshots(name) or []]
        return sorted((one.copy for one in found), key=lambda copy: copy.taken_at, reverse=True)

    def bring_back(self, copy_id: str, target: Path) -> None:
        shape = _COPY.fullmatch(copy_id)
        if not shape:
            raise RefusedOutside(UNKNOWN, "this is no id of a copy")
        if any(target.iterdir()):
            raise RefusedOutside("bad_input", "a copy is brought back into an empty folder only")
        self._where.reach()
        self._run(shape[1], "restore", shape[2], f"--target={target}", timeout=LONG)

    def thin_out(self, about: str, retention: Retention) -> list[str]:
        kept = {"daily": retention.daily, "weekly": retention.weekly, "monthly": retention.monthly}
        rules = [f"--keep-{name}={count}" for name, count in kept.items() if count > 0]
        if not rules:
            raise RefusedOutside("bad_input", "a place keeps something")
        if retention.recent_days > 0:
            rules.append(f"--keep-within={retention.recent_days}d")
        name = known(about)
        said = self._run(name, "forget", "--json", "--group-by=host", "--dry-run", *rules)
        gone = [row["id"] for group in _json(said.output) or [] for row in group.get("remove") or []]
        if gone:
            self._forget(name, gone)
        return [f"{name}/{one[:8]}" for one in gone]

    def drop(self, about: str) -> int:
        name = known(about)
        self._where.reach()
        found = self._snapshots(name) or []
        if found:
            self._forget(name, [one.id for one in found], wholly=True)
        self._where.remove(name)
        return len(found)

    def check(self, *, share: float = 0.05) -> None:
        """One repository in ``1 / share`` is read wholly, another one each week: after so many weeks all were."""
        self._where.reach()
        self._run(PLACE, "check", "--read-data", timeout=LONG)
        turns = max(1, round(1 / share)) if share > 0 else 1
        week = self._now().toordinal() // 7
        names = [name for name in self._where.names() if name != PLACE and NAME.fullmatch(name)]
        damaged = [name for name in names if _turn(name, turns) == week % turns and not self._is_whole(name)]
        if damaged:
            words = ", ".join(damaged[:5])
            raise RefusedOutside(DAMAGED, f"what is kept of {len(damaged)} cannot be read: {words}", about=words)

    def size(self) -> int:
        self._where.reach()
        known = self._where.size()
        if known is not None:
            return known
        names = [name for name in self._where.names() if NAME.fullmatch(name)]
        return sum(self._raw_size(name) for name in names)

    # One repository

    def _run(self, name: str, *words: str, cwd: Path | None = None, timeout: float = SHORT) -> Answer:
        return self._restic.run(self._where.repository(name), *words, cwd=cwd, timeout=timeout)

    def _open(self, name: str) -> None:
        self._run(name, "cat", "config")

    def _make(self, name: str) -> None:
        try:
            self._run(name, "init")
        except (TryLater, RefusedOutside):
            self._open(name)  # somebody else made it at the same time, or its answer was lost

    def _snapshots(self, name: str) -> list[_Snapshot] | None:
        """Return what a repository holds, newest first; None where there is none, in a place that was prepared."""
        try:
            said = self._run(name, "snapshots", "--json")
        except RefusedOutside as refused:
            if refused.code != UNKNOWN:
                raise
            self._open(PLACE)
            return None
        return sorted(
            (_snapshot(name, row) for row in _json(said.output) or []), key=lambda one: one.copy.taken_at, reverse=True
        )

    def _snapshots_or_make(self, name: str) -> list[_Snapshot]:
        self._where.reach()
        found = self._snapshots(name)
        if found is None:
            self._make(name)
        return found or []

    def _forget(self, name: str, ids: list[str], *, wholly: bool = False) -> None:
        unused = "--max-unused=0" if wholly else "--max-unused=10%"
        self._run(name, "forget", "--prune", unused, *ids, timeout=LONG)

    def _is_whole(self, name: str) -> bool:
        try:
            self._run(name, "check", "--read-data", timeout=LONG)
        except RefusedOutside as refused:
            if refused.code not in {DAMAGED, UNKNOWN}:
                raise
            return False
        return True

    def _raw_size(self, name: str) -> int:
        return int(_json(self._run(name, "stats", "--mode=raw-data", "--json").output)["total_size"])


def known(about: str) -> str:
    """Return a name under which something may be backed up (``bad_input``)."""
    if about == PLACE or not NAME.fullmatch(about):
        raise RefusedOutside("bad_input", f"nothing is backed up under the name {about[:40]!r}")
    return about


def _turn(name: str, turns: int) -> int:
    return int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) % turns


def _measure(folder: Path) -> tuple[int, int]:
    """Return (files, bytes) of a folder."""
    files = size = 0
    for top, _, names in os.walk(folder):
        for name in names:
            files += 1
            size += (Path(top) / name).lstat().st_size
    return files, size


def _tag(tags: dict[str, str]) -> str:
    return ",".join(f"{name}={value}" for name, value in tags.items())


def _snapshot(name: str, row: dict[str, Any]) -> _Snapshot:
    """Read a snapshot strictly: one that we did not make is refused rather than guessed at."""
    tags = dict(tag.partition("=")[::2] for tag in row.get("tags") or [])
    try:
        taken_at = datetime.fromisoformat(tags["at"])
        copy = Copy(f"{name}/{row['id'][:8]}", tags["about"], taken_at, int(tags["bytes"]), int(tags["files"]))
    except (KeyError, ValueError) as error:
        raise RefusedOutside("not_ours", f"{name} holds a snapshot that Archipel did not make", about=name) from error
    return _Snapshot(row["id"], replace(copy, about=name))


def _summary(said: Answer) -> dict[str, Any]:
    for line in reversed(said.output.splitlines()):
        row = _json(line)
        if isinstance(row, dict) and row.get("message_type") == "summary":
            return row
    raise TryLater("restic did not say what it kept")


def _json(text: str) -> Any:
    try:
        return json.loads(text) if text.strip() else None
    except json.JSONDecodeError as error:
        raise TryLater("restic answered in a way that is not understood") from error
