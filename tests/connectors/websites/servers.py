# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real S3 servers for tests, each a process of its own on loopback, ended by its own id."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from archipel.connectors.websites.s3 import S3Store
from archipel.kernel.outside import RefusedOutside, TryLater

ACCESS_KEY, SECRET_KEY = "archipel", "archipel-secret"


def free_ports(count: int) -> list[int]:
    """Return ports that were free an instant ago, all different."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def store_at(port: int, bucket: str, *, timeout: float = 15, tries: int = 2, secret_key: str = SECRET_KEY) -> S3Store:
    return S3Store(
        bucket,
        endpoint=f"http://127.0.0.1:{port}",
        access_key=ACCESS_KEY,
        secret_key=secret_key,
        region="us-east-1",
        timeout=timeout,
        tries=tries,
    )


@contextmanager
def moto() -> Iterator[int]:
    """Run moto's server and give its port."""
    (port,) = free_ports(1)
    with _running([sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)], port):
        yield port


@contextmanager
def seaweedfs(folder: Path) -> Iterator[int]:
    """Run SeaweedFS (master, volume, filer and S3 in one process) and give the port of S3."""
    ports = free_ports(8)
    named = ("master.port", "volume.port", "filer.port", "s3.port")
    said = [f"-{name}={port}" for name, port in zip(named, ports[:4], strict=True)]
    said += [f"-{name}.grpc={port}" for name, port in zip(named, ports[4:], strict=True)]
    keys = {"accessKey": ACCESS_KEY, "secretKey": SECRET_KEY}
    rights = ["Admin", "Read", "Write", "List", "Tagging"]
    (folder / "s3.json").write_text(
        json.dumps({"identities": [{"name": "archipel", "credentials": [keys], "actions": rights}]})
    )
    (folder / "objects").mkdir()
    command = [
        str(Path(sys.executable).parent / "weed"),
        "server",
        f"-dir={folder / 'objects'}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-master.volumeSizeLimitMB=64",
        "-volume.max=20",
        "-master.telemetry=false",
        "-s3",
        "-s3.port.iceberg=0",
        "-s3.port.lance=0",
        f"-s3.config={folder / 's3.json'}",
        *said,
    ]
    with _running(command, ports[3]):
        yield ports[3]


@contextmanager
def _running(command: list[str], port: int) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait(process, port)
        yield
    finally:
        process.terminate()
        try:
            process.wait(1)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], port: int) -> None:
    """Wait until a bucket can be made and an object kept: ports open long before that."""
    store, until, last = store_at(port, "ready", timeout=3, tries=1), time.monotonic() + 60, "nothing"
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args} ended with {process.returncode}")
        try:
            store.ensure_bucket()
            store.put("ready", b"yes")
            return
        except (TryLater, RefusedOutside) as error:
            last = error.reason
            time.sleep(0.1)
    raise RuntimeError(f"{process.args} did not get ready: {last}")
