# SPDX-License-Identifier: AGPL-3.0-or-later
"""A whole real host in one network namespace: container engine, Caddy as deployed, Archipel's web and worker, names, a mail server.

Nothing in it is a fake but the mail server and the answers of its DNS: every name of ``.example`` leads to this house.
"""

from __future__ import annotations

import email
import email.policy
import json
import os
import re
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import requests
import urllib3
from aiosmtpd.controller import Controller

from tests.connectors.wordpress.sites import APP_IMAGE, DATABASE_IMAGE, IMAGES
from tests.engine.daemon import Daemon, engine
from tests.engine.images import build_image
from tests.engine.namespaces import DIES_WITH_US, Namespace

ROOT = Path(__file__).resolve().parents[2]
# Of the namespace alone: containers reach it too.
ADDRESS = "10.99.0.1"
# The cable between the house and its visitors.
HERE, THERE = "10.98.0.1", "10.98.0.2"
PORTAL, SITES = "portail.lescale.example", "pages-lescale.example"
PORT, SMTP_PORT = 8000, 2525
PATIENCE = 120.0
# Every program of the house asks the house's own DNS.
WITH_OWN_NAMES = 'mount --make-rprivate / && mount --bind "$RESOLVER" /etc/resolv.conf && exec "$@"'


class Mails:
    """What the host sent, as a mail server receives it."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str]] = []

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        letter = email.message_from_bytes(envelope.content, policy=email.policy.default)
        body = letter.get_body(("plain",))
        self.received.append((envelope.rcpt_tos[0], body.get_content() if body else ""))
        return "250 OK"

    def link(self, to: str, pattern: str) -> str:
        """Return what a pattern finds in the newest mail to somebody that has it; waits for it."""

        def found() -> str:
            for who, text in reversed(self.received):
                match = re.search(pattern, text) if who == to else None
                if match:
                    return match.group(1)
            return ""

        return until(found, f"a mail to {to} with {pattern}")


def until(question: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """Ask again until the answer is true, and return it."""
    end = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < end, f"waited {seconds:.0f} s in vain for {what}"
        time.sleep(0.2)
    return answer


class House:
    """One host. ``act`` runs an act of ``tests.journeys.house_acts`` on its data; ``mails`` is what it sent."""

    def __init__(self, folder: Path, machine: Daemon) -> None:
        self.folder, self.machine, self.namespace = folder, machine, machine.namespace
        self.visitors = Namespace()
        self.data = folder / "data"
        self.mails = Mails()
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        (folder / "resolv.conf").write_text(f"nameserver {ADDRESS}\n")
        (folder / "caddy").mkdir()
        self.authority = folder / "caddy" / "caddy" / "pki" / "authorities" / "local" / "root.crt"
        self.web = {
            "ARCHIPEL_DATA": str(self.data), "ARCHIPEL_MODE": "real", "ARCHIPEL_DATABASE": "", "PORT": str(PORT), "BIND": "127.0.0.1",
            "ARCHIPEL_CADDY": str(folder / "admin.sock"), "ARCHIPEL_CADDY_ISSUER": "internal", "ARCHIPEL_WEB": f"127.0.0.1:{PORT}",
            "ARCHIPEL_ROUTE_BY": "addresses", "ARCHIPEL_WEB_PROCESSES": "1", "DJANGO_SETTINGS_MODULE": "archipel.config.settings",
            "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "RESOLVER": str(folder / "resolv.conf"),
        }  # fmt: skip
        self.worker = self.web | {
            "ARCHIPEL_ENGINE": machine.address,
            "ARCHIPEL_AUTHORITY": str(self.authority),
            "ARCHIPEL_SMTP": f"smtp://127.0.0.1:{SMTP_PORT}?security=none",
        }

    # Programs

    def command(self, *words: str) -> list[str]:
        return self.namespace.command("unshare", "--mount", "sh", "-c", WITH_OWN_NAMES, "sh", *words)

    def lay_cable(self) -> None:
        """Let visitors reach the house from a network where nothing changes: browsers break off when one of theirs comes or goes."""
        self.namespace.ip(
            "link", "add", "visitors", "type", "veth", "peer", "name", "eth0", "netns", str(self.visitors.pid)
        )
        for end, address, name in ((self.namespace, HERE, "visitors"), (self.visitors, THERE, "eth0")):
            end.ip("address", "add", f"{address}/30", "dev", name)
            end.ip("link", "set", name, "up")
        self.visitors.ip("route", "add", "default", "via", HERE)

    def start(self, name: str, environment: dict[str, str], *words: str) -> None:
        """Start a program that stays; it dies with the test."""
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [*DIES_WITH_US, *self.command(*words)], env=clean() | environment, stdout=log, stderr=log, cwd=ROOT
            )

    def stop(self, name: str) -> None:
        process = self.processes.pop(name)
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def end(self) -> None:
        """End everything at once: nothing of it is kept."""
        for process in self.processes.values():
            process.kill()
            process.wait()

    def archipel(self, *words: str) -> None:
        """Run a command of Archipel to its end."""
        self._run(self.worker, "-m", "archipel", *words)

    def act(self, name: str, **given: Any) -> Any:
        """Do something at the house by the operations, and return what it says."""
        return json.loads(self._run(self.worker, "-m", "tests.journeys.house_acts", name, json.dumps(given)))

    def _run(self, environment: dict[str, str], *words: str) -> str:
        done = subprocess.run(
            self.command(sys.executable, *words), env=clean() | environment, capture_output=True, text=True, check=False, cwd=ROOT
        )  # fmt: skip
        assert done.returncode == 0, f"{words}: {done.stderr[-3000:]}"
        return done.stdout.strip().rpartition("\n")[2]

    def open_doors(self) -> None:
        """Start Caddy as deployed, web and worker as the units start them, and return when the portal answers."""
        caddyfile = (ROOT / "deploy" / "caddy" / "Caddyfile").read_text()
        (self.folder / "Caddyfile").write_text(
            caddyfile.replace("/run/caddy/admin.sock", str(self.folder / "admin.sock"))
        )
        homes = {name: str(self.folder / "caddy") for name in ("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
        front = homes | {
            "PORTAL_NAME": PORTAL, "PORTAL_TLS": "tls internal", "ARCHIPEL_WEB": "localhost",
            "RESOLVER": self.web["RESOLVER"],
        }  # fmt: skip
        caddy = str(Path(sys.executable).parent / "caddy")
        self.start("caddy", front, caddy, "run", "--config", str(self.folder / "Caddyfile"))
        self.start("web", self.web, sys.executable, "-m", "archipel", "web")
        until(lambda: self.authority.exists(), "Caddy's own authority")
        self.start("worker", self.worker, sys.executable, "-m", "archipel", "worker", "--threads", "2")
        until(lambda: self.status(f"https://{PORTAL}/") == 200, f"the portal: {self.last_words()}")

    def last_words(self) -> str:
        """Return the end of what the programs wrote."""
        return "\n".join(f"{name}: {(self.folder / f'{name}.log').read_text()[-3000:]}" for name in self.processes)

    # Visiting

    def get(self, url: str) -> requests.Response | None:
        """Ask for a page as anybody outside would; None when nothing answers."""
        host = url.split("/")[2]
        path = "/" + "/".join(url.split("/")[3:])
        with self.namespace.entered():
            try:
                with urllib3.HTTPSConnectionPool(
                    ADDRESS, 443, server_hostname=host, assert_hostname=host, ca_certs=str(self.authority), timeout=20, retries=False
                ) as pool:  # fmt: skip
                    answer = pool.request("GET", path, headers={"Host": host}, redirect=False)
            except (urllib3.exceptions.HTTPError, OSError):
                return None
        found = requests.Response()
        found.status_code, found._content, found.url = answer.status, answer.data, url
        found.headers.update(answer.headers)
        return found

    def status(self, url: str) -> int:
        answer = self.get(url)
        return answer.status_code if answer is not None else 0


def clean() -> dict[str, str]:
    """Return the environment without what another Archipel was told."""
    return {key: value for key, value in os.environ.items() if not key.startswith(("ARCHIPEL_", "DJANGO_"))}


@contextmanager
def house(folder: Path) -> Iterator[House]:
    """Give a host that was set up and whose doors are open."""
    archives = (build_image(IMAGES, APP_IMAGE), build_image(IMAGES / "db", DATABASE_IMAGE))
    with ExitStack() as stack:
        machine = stack.enter_context(engine(load=archives, options=(f"--dns={ADDRESS}",)))
        machine.namespace.ip("address", "add", f"{ADDRESS}/32", "dev", "lo")
        one = House(folder, machine)
        stack.callback(one.visitors.close)
        one.lay_cable()
        with machine.namespace.entered():
            stack.callback(_answer_names().close)
            letters = Controller(one.mails, hostname="127.0.0.1", port=SMTP_PORT)
            letters.start()
            stack.callback(letters.stop, no_assert=True)
        stack.callback(one.end)
        one.archipel("prepare")
        one.act("set_up")
        one.open_doors()
        yield one


def _answer_names() -> socket.socket:
    """Answer that every name is at this house (RFC 1035, 4.1); of other kinds of records there are none."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    listening.bind((ADDRESS, 53))

    def answer() -> None:
        while True:
            try:
                asked, who = listening.recvfrom(4096)
            except OSError:
                return
            listening.sendto(_reply(asked), who)

    threading.Thread(target=answer, daemon=True).start()
    return listening


def _reply(asked: bytes) -> bytes:
    end = asked.index(b"\0", 12) + 5
    ours = asked[12 : end - 4].lower().endswith(b"\7example\0")
    is_address = ours and asked[end - 4 : end - 2] == b"\0\1"
    # No error, or: there is no such name.
    head = asked[:2] + struct.pack("!HHHHH", 0x8180 if ours else 0x8183, 1, int(is_address), 0, 0)
    record = b"\xc0\x0c" + struct.pack("!HHIH", 1, 1, 60, 4) + socket.inet_aton(ADDRESS)
    return head + asked[12:end] + (record if is_address else b"")
