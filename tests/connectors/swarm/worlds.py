# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the tests of the container engine share: images, a small stack, and waiting."""

from __future__ import annotations

import io
import tarfile
import time
from collections.abc import Callable
from pathlib import Path

from archipel.machines.ports import Engine, FileIn, HealthCheck, Mount, Service, Stack
from tests.engine.images import build_image

IMAGE, OTHER, ABSENT = "archipel-test/pages:1", "archipel-test/pages:2", "archipel-test/never-built:1"
PATIENCE = 60


def images() -> tuple[Path, Path]:
    folder = Path(__file__).parent / "image"
    return build_image(folder, IMAGE), build_image(folder, OTHER, arguments={"WORDS": "two"})


def a_service(name: str = "web", **changed) -> Service:
    given = {
        "image": IMAGE,
        "networks": ("inside",),
        "mounts": (Mount("/pages", "pages"),),
        "secrets": (FileIn("door", "/run/door"),),
        "health": HealthCheck(("test", "-e", "/serve.pl"), interval=0.5, timeout=5, retries=2, start_period=5),
        "stop_grace": 2,
    }
    return Service(name, **{**given, **changed})


def a_stack(name: str, *services: Service, **changed) -> Stack:
    given = {
        "services": services or (a_service(),),
        "volumes": ("pages",),
        "networks": ("inside",),
        "shared_networks": ("archipel-front",),
        "secrets": {"door": b"sesame"},
        "labels": {"space": name},
    }
    return Stack(name, **{**given, **changed})


def until(true: Callable[[], object], patience: float = PATIENCE) -> float:
    """Wait until something is so and return how many seconds it took."""
    began = time.monotonic()
    while not true():
        assert time.monotonic() - began < patience, f"not so after {patience} s"
        time.sleep(0.2)
    return time.monotonic() - began


def runs(engine: Engine, name: str) -> bool:
    seen = engine.read(name)
    return seen is not None and seen.runs and all(one.settled for one in seen.services)


def up(engine: Engine, stack: Stack) -> Stack:
    """Put a stack and wait until it runs as described."""
    engine.put(stack)
    until(lambda: runs(engine, stack.name))
    return stack


def tar_of(**files: bytes) -> io.BytesIO:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size, info.mode, info.uid, info.gid, info.mtime = len(content), 0o640, 33, 34, 1_700_000_000
            archive.addfile(info, io.BytesIO(content))
    target.seek(0)
    return target


def entries(tar: io.BytesIO) -> dict[str, tuple[int, int, int, bytes]]:
    """Return mode, owner, group and content by name."""
    tar.seek(0)
    with tarfile.open(fileobj=tar) as archive:
        return {
            one.name: (one.mode & 0o7777, one.uid, one.gid, archive.extractfile(one).read() if one.isreg() else b"")
            for one in archive
        }
