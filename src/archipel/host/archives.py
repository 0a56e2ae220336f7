# SPDX-License-Identifier: AGPL-3.0-or-later
"""The file of a back-up: a tar with the database, the files, a manifest with checksums, and the keys under a passphrase.

The locked keys hold the manifest's checksum too: a back-up that somebody rewrote does not open.
"""

from __future__ import annotations

import base64
import errno
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO

from cryptography.fernet import Fernet, InvalidToken

# Problems of the machine, whatever the file is worth.
OF_THE_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EMFILE}
MANIFEST, LOCKED_KEYS = "manifest.json", "keys.locked"
FORMAT = 1
BLOCK = 1024 * 1024
# scrypt's cost (RFC 7914): 32 MiB of memory for each guess.
COST = {"n": 2**15, "r": 8, "p": 1}


class Damaged(Exception):
    """The file is not a whole back-up."""


class WrongPassphrase(Exception):
    """The keys do not open with this passphrase."""


@dataclass
class ArchiveWriter:
    """Adds entries one after the other, and closes with the manifest and the keys."""

    tar: tarfile.TarFile
    entries: dict[str, dict[str, Any]] = field(default_factory=dict)

    def add(self, path: Path, name: str) -> None:
        """Add a file as it is now; one that disappears meanwhile is left out."""
        try:
            with path.open("rb") as file:
                self._add(file, os.fstat(file.fileno()).st_size, name)
        except FileNotFoundError:
            return

    def _add(self, file: BinaryIO, size: int, name: str) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o600
        reader = _Measured(file, size)
        self.tar.addfile(info, reader)
        self.entries[name] = {"size": size, "sha256": reader.sha256.hexdigest()}

    def close(self, facts: dict[str, Any], keys: dict[str, str], passphrase: str) -> None:
        """Write the manifest, then the keys that go with it."""
        manifest = json.dumps({"format": FORMAT, **facts, "files": self.entries}, indent=1, sort_keys=True).encode()
        self._bytes(MANIFEST, manifest)
        secret = json.dumps({"keys": keys, "manifest": hashlib.sha256(manifest).hexdigest()}).encode()
        self._bytes(LOCKED_KEYS, lock(secret, passphrase))

    def _bytes(self, name: str, content: bytes) -> None:
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(content), 0o600
        self.tar.addfile(info, io.BytesIO(content))


class _Measured:
    """Reads exactly ``size`` bytes of a file that may grow or shrink, and sums them up; what is missing is zeros."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.file, self.left, self.sha256 = file, size, hashlib.sha256()

    def read(self, count: int = -1) -> bytes:
        wanted = self.left if count < 0 else min(count, self.left)
        block = self.file.read(wanted).ljust(wanted, b"\0")
        self.left -= wanted
        self.sha256.update(block)
        return block


@contextmanager
def written(file: Path) -> Iterator[ArchiveWriter]:
    """Write a back-up beside ``file`` and put it in place once whole; only its owner may read it."""
    partial = file.with_name(file.name + ".partial")
    partial.unlink(missing_ok=True)
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as stream:
            with tarfile.open(fileobj=stream, mode="w") as tar:
                yield ArchiveWriter(tar)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(file)
    finally:
        partial.unlink(missing_ok=True)


@dataclass(frozen=True)
class Opened:
    """A back-up spread out in a folder, checked: what it says of itself, and its keys by file name."""

    folder: Path
    manifest: dict[str, Any]
    keys: dict[str, str]


def spread_out(file: Path, folder: Path, passphrase: str) -> Opened:
    """Put the entries of a back-up below an empty ``folder`` and check each of them (``Damaged``, ``WrongPassphrase``).

    ``OSError`` when this machine cannot: a full disk, a file that may not be read.
    """
    try:
        with tarfile.open(file, mode="r:") as tar:
            sums = {info.name: _put(tar, info, folder) for info in tar}
    except (tarfile.TarError, EOFError, OSError) as error:
        if isinstance(error, OSError) and error.errno in OF_THE_MACHINE:
            raise
        raise Damaged(str(error)) from error
    if MANIFEST not in sums or LOCKED_KEYS not in sums:
        raise Damaged("its end is missing")
    secret = json.loads(unlock((folder / LOCKED_KEYS).read_bytes(), passphrase))
    if secret["manifest"] != sums.pop(MANIFEST):
        raise Damaged("its list of files was changed")
    sums.pop(LOCKED_KEYS)
    manifest = json.loads((folder / MANIFEST).read_bytes())
    if {name: entry["sha256"] for name, entry in manifest["files"].items()} != sums:
        raise Damaged("a file in it is missing or was changed")
    return Opened(folder, manifest, secret["keys"])


def _put(tar: tarfile.TarFile, info: tarfile.TarInfo, folder: Path) -> str:
    name = PurePosixPath(info.name)
    # A sparse entry is a few bytes here and as many as it likes on the disk.
    if not info.isreg() or info.issparse() or name.is_absolute() or ".." in name.parts:
        raise Damaged(f"{info.name} has no place in a back-up")
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    source = tar.extractfile(info)
    if source is None:
        raise Damaged(info.name)
    digest = hashlib.sha256()
    with target.open("xb") as copy:
        while block := source.read(BLOCK):
            digest.update(block)
            copy.write(block)
        if copy.tell() != info.size:
            raise Damaged(f"{info.name} is cut short")
    target.chmod(0o600)
    return digest.hexdigest()


def lock(secret: bytes, passphrase: str) -> bytes:
    """Encrypt with a key made of a passphrase (scrypt, then Fernet)."""
    salt = os.urandom(16)
    token = Fernet(_key(passphrase, salt, COST)).encrypt(secret)
    return json.dumps({"salt": salt.hex(), **COST, "token": token.decode()}).encode()


def unlock(locked: bytes, passphrase: str) -> bytes:
    """Open what ``lock`` returned; ``WrongPassphrase`` or ``Damaged``."""
    try:
        said = json.loads(locked)
        cost = {name: int(said[name]) for name in COST}
        salt, token = bytes.fromhex(said["salt"]), said["token"].encode()
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Damaged("its keys cannot be read") from error
    if cost["n"] > 2**20 or cost["r"] > 32 or cost["p"] > 16:
        raise Damaged("its keys cannot be read")
    try:
        return Fernet(_key(passphrase, salt, cost)).decrypt(token)
    except InvalidToken as error:
        raise WrongPassphrase from error


def _key(passphrase: str, salt: bytes, cost: dict[str, int]) -> bytes:
    memory = 128 * cost["n"] * cost["r"] * 2
    made = hashlib.scrypt(passphrase.encode(), salt=salt, **cost, maxmem=memory, dklen=32)
    return base64.urlsafe_b64encode(made)
