# SPDX-License-Identifier: AGPL-3.0-or-later
"""Places for back-ups: in memory, and by the real program in a folder and on an S3 server."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from archipel.connectors.restic.connector import ResticStore
from archipel.connectors.restic.fake import FakeBackups
from archipel.kernel.outside import RefusedOutside
from archipel.machines.ports import BackupPlaceSpec, BackupStore
from tests.connectors.websites.servers import ACCESS_KEY, SECRET_KEY, moto, store_at

KEY = "huit-mots-que-personne-ne-devine"
Opener = Callable[..., BackupStore]


def needs_restic() -> None:
    if shutil.which("restic") is None:
        pytest.skip("restic is not installed")


@pytest.fixture(scope="session")
def s3_port():
    with moto() as port:
        store_at(port, "copies").ensure_bucket()
        yield port


@pytest.fixture(
    params=["fake", pytest.param("folder", marks=pytest.mark.server), pytest.param("s3", marks=pytest.mark.server)]
)
def opener(request, tmp_path) -> Opener:
    """Opens the same place again and again, with another passphrase when asked."""
    if request.param == "fake":
        fake = FakeBackups()
        return lambda passphrase=KEY: fake(BackupPlaceSpec("folder", "/copies", passphrase))
    needs_restic()
    location, kind, credentials = str(tmp_path / "copies"), request.param, {}
    if kind == "s3":
        location = f"http://127.0.0.1:{request.getfixturevalue('s3_port')}/copies/{tmp_path.name}"
        credentials = {"access_key": ACCESS_KEY, "secret_key": SECRET_KEY}
    return lambda passphrase=KEY: ResticStore(
        BackupPlaceSpec(kind, location, passphrase, credentials), tmp_path / "cache"
    )


@pytest.fixture
def store(opener) -> BackupStore:
    made = opener()
    made.ensure()
    return made


@pytest.fixture
def real(tmp_path) -> ResticStore:
    """A prepared place in a folder, by the real program."""
    needs_restic()
    made = folder_store(tmp_path)
    made.ensure()
    return made


def folder_store(tmp_path: Path, **changes: str) -> ResticStore:
    spec = BackupPlaceSpec("folder", str(tmp_path / "copies"), changes.get("passphrase", KEY))
    return ResticStore(spec, tmp_path / "cache")


def refusal(call: Callable[..., object], *given: object, **named: object) -> str:
    with pytest.raises(RefusedOutside) as caught:
        call(*given, **named)
    return caught.value.code


def a_folder(path: Path, files: dict[str, bytes]) -> Path:
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def contents(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in sorted(path.rglob("*")) if file.is_file()}
