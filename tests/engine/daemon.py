# SPDX-License-Identifier: AGPL-3.0-or-later
"""Debian's dockerd for tests: processes, mounts, network, names and disk of its own, ended whole by its own process id."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import docker
import requests
from docker.errors import DockerException

from tests.engine.namespaces import DIES_WITH_US, Namespace, address_of, namespaces

PATIENCE = 60
# The engine is the first process of a process namespace: when it ends, all it started and all it mounted ends with it.
START = """
set -e
mount --make-rprivate /
mkdir -p /run/docker /run/containerd
mount -t tmpfs tmpfs /run/docker
mount -t tmpfs tmpfs /run/containerd
hostname "$1"
shift
exec "$@"
"""


class Daemon:
    """One dockerd, listening on a Unix socket only. ``namespace``: where its network stands (None: where the tests run)."""

    def __init__(self, folder: Path, name: str, namespace: Namespace | None, options: tuple[str, ...] = ()) -> None:
        self.folder, self.name, self.namespace = folder, name, namespace
        self.cgroup = f"/archipel-{os.getpid()}-{name}"
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None
        self._client: docker.DockerClient | None = None
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def address(self) -> str:
        return f"unix://{self.folder / 'engine.sock'}"

    @property
    def client(self) -> docker.DockerClient:
        if self._client is None:
            self._client = docker.DockerClient(self.address, timeout=120)
        return self._client

    @property
    def log(self) -> Path:
        return self.folder / "engine.log"

    def start(self) -> None:
        """Start, and return when it answers."""
        # Ours may hold what another one left that was killed.
        (self.folder / "engine.pid").unlink(missing_ok=True)
        (self.folder / "engine.sock").unlink(missing_ok=True)
        command = [
            "dockerd", f"--data-root={self.folder / 'data'}", "--exec-root=/run/docker/exec",
            f"--pidfile={self.folder / 'engine.pid'}", f"--host={self.address}", f"--cgroup-parent={self.cgroup}",
            "--exec-opt=native.cgroupdriver=cgroupfs", "--group=root", *self._options,
        ]  # fmt: skip
        own = ["unshare", "--mount", "--uts", "--ipc", "--pid", "--fork", "--kill-child", "--mount-proc"]
        words = [*own, "sh", "-c", START, "sh", self.name, *command]
        with self.log.open("ab") as log:
            inside = self.namespace.command(*words) if self.namespace else words
            self._process = subprocess.Popen([*DIES_WITH_US, *inside], stdout=log, stderr=log)
        self._wait()

    def _wait(self) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            assert self._process and self._process.poll() is None, self.log.read_text()[-3000:]
            with suppress(DockerException, requests.RequestException):
                if self.client.ping():
                    return
            self._client = None
            time.sleep(0.1)
        raise AssertionError(f"the engine does not answer after {PATIENCE} s: {self.log.read_text()[-3000:]}")

    def kill(self) -> None:
        """Let the machine die: engine, containers and mounts are gone at once, the disk stays."""
        if self._process:
            self._process.kill()
            self._process.wait()
            self._process = None
            _remove_groups(self.cgroup[1:])
        if self._client:
            self._client.close()
            self._client = None

    def restart(self) -> None:
        """Let the machine end in good order and come back."""
        assert self._process
        children = Path(f"/proc/{self._process.pid}/task/{self._process.pid}/children").read_text().split()
        for pid in children:
            os.kill(int(pid), signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(30)
        self.kill()
        self.start()

    def close(self) -> None:
        """End it and remove its disk."""
        self.kill()
        remove(self.folder / "data")

    def load(self, *archives: Path) -> None:
        """Bring in images from the files of ``images``."""
        for archive in archives:
            with archive.open("rb") as file:
                self.client.images.load(file)


def _remove_groups(name: str) -> None:
    """Remove control groups: they are free a moment after the last process in them is gone."""
    root = Path("/sys/fs/cgroup")
    for top in [found for found in [root / name, *root.glob(f"*/{name}")] if found.is_dir()]:
        for path in [*sorted(top.rglob("*/"), reverse=True), top]:
            for _ in range(20):
                with suppress(OSError):
                    path.rmdir()
                    break
                time.sleep(0.05)


def remove(folder: Path) -> None:
    """Remove an engine's data: what was mounted in there died with the engine, in a moment at most."""
    for _ in range(20):
        shutil.rmtree(folder, ignore_errors=True)
        if not folder.exists():
            return
        time.sleep(0.1)


def why_not() -> str:
    """Return why no engine can run on this machine, nothing when one can."""
    if os.geteuid() != 0:
        return "only root starts a container engine"
    for name, package in {
        "dockerd": "docker.io",
        "iptables": "iptables",
        "ip": "iproute2",
        "nsenter": "util-linux",
    }.items():
        if not shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"):
            return f"no {name} (Debian package {package})"
    return ""


@contextmanager
def engine(
    folder: Path | None = None, *, load: tuple[Path, ...] = (), swarm: bool = True, options: tuple[str, ...] = ()
) -> Iterator[Daemon]:
    """Run one engine, a swarm of one, in a network namespace without a way out; ``load``: archives of images."""
    with ExitStack() as stack:
        home = folder or Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="engine-")))
        namespace = Namespace()
        stack.callback(namespace.close)
        one = Daemon(home, "machine-1", namespace, options)
        stack.callback(one.close)
        one.start()
        if swarm:
            one.client.swarm.init(advertise_addr="127.0.0.1", listen_addr="127.0.0.1")
        one.load(*load)
        yield one


@contextmanager
def engines(count: int, *, load: tuple[Path, ...] = (), managers: int | None = None) -> Iterator[list[Daemon]]:
    """Run several engines that form one swarm, each a machine on one cable; the first ``managers`` (all) lead it."""
    with ExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="engines-")))
        made: list[Daemon] = []
        for number, namespace in enumerate(stack.enter_context(namespaces(count))):
            one = Daemon(home / f"machine-{number + 1}", f"machine-{number + 1}", namespace)
            stack.callback(one.close)
            one.start()
            _join(one, number, made, managers if managers is not None else count)
            one.load(*load)
            made.append(one)
        yield made


def _join(one: Daemon, number: int, others: list[Daemon], managers: int) -> None:
    address = address_of(number)
    if not others:
        one.client.swarm.init(advertise_addr=address, listen_addr=address)
        return
    tokens = others[0].client.swarm.attrs["JoinTokens"]
    token = tokens["Manager" if number < managers else "Worker"]
    one.client.swarm.join([f"{address_of(0)}:2377"], token, advertise_addr=address, listen_addr=address)
