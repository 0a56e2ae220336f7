# SPDX-License-Identifier: AGPL-3.0-or-later
"""Network namespaces for tests: each is held by a process of its own and goes with it; nothing is left in the root namespace.

A test steps into one (``with namespace.entered():``): sockets made and programs started in there belong to it, a browser too.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)
# Whatever is started dies with the thread that started it: a killed test run leaves nothing behind.
DIES_WITH_US = ("setpriv", "--pdeathsig", "KILL", "--")


class Namespace:
    """One network namespace with nothing but loopback. Ended by ``close``."""

    def __init__(self) -> None:
        # It says a byte once it stands in its namespace: before that its folder in /proc still shows ours.
        command = [*DIES_WITH_US, "unshare", "--net", "sh", "-c", "echo; exec sleep infinity"]
        self._holder = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert self._holder.stdout and self._holder.stdout.read(1), "no network namespace can be made here"
        self.ip("link", "set", "lo", "up")

    @property
    def pid(self) -> int:
        return self._holder.pid

    @property
    def path(self) -> Path:
        return Path(f"/proc/{self.pid}/ns/net")

    def command(self, *words: str) -> list[str]:
        """Return what runs ``words`` in here, for ``subprocess``."""
        return ["nsenter", f"--net={self.path}", "--", *words]

    def ip(self, *words: str) -> None:
        subprocess.run(self.command("ip", *words), check=True, capture_output=True)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Put this thread into the namespace: sockets it makes and programs it starts meanwhile are of the namespace."""
        with Path("/proc/thread-self/ns/net").open("rb") as before, self.path.open("rb") as inside:
            _set(inside.fileno())
            try:
                yield
            finally:
                _set(before.fileno())

    def close(self) -> None:
        self._holder.kill()
        self._holder.wait()


def _set(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


@contextmanager
def namespaces(count: int) -> Iterator[list[Namespace]]:
    """Give namespaces joined by a bridge that stands in one of its own; the n-th has the address ``address_of(n)``."""
    hub, made = Namespace(), []
    try:
        hub.ip("link", "add", "bridge", "type", "bridge")
        hub.ip("link", "set", "bridge", "up")
        for number in range(count):
            one = Namespace()
            made.append(one)
            join(hub, one, number)
        yield made
    finally:
        for one in [*made, hub]:
            one.close()


def join(hub: Namespace, one: Namespace, number: int) -> None:
    """Lay a cable from a namespace to the bridge."""
    hub.ip(
        "link", "add", f"port{number}", "type", "veth",
        "peer", "name", "eth0", "address", f"02:00:00:00:00:{number + 1:02x}", "netns", str(one.pid),
    )  # fmt: skip
    hub.ip("link", "set", f"port{number}", "master", "bridge")
    hub.ip("link", "set", f"port{number}", "up")
    one.ip("address", "add", f"{address_of(number)}/24", "dev", "eth0")
    one.ip("link", "set", "eth0", "up")


def address_of(number: int) -> str:
    return f"192.168.77.{number + 1}"
