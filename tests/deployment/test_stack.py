# SPDX-License-Identifier: AGPL-3.0-or-later
"""Archipel in containers, on a real engine, by the very scripts a host uses: up, backed up, restored elsewhere, upgraded."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from tests.config.installation import Installation
from tests.deployment.images import VERSION, deployed_images
from tests.deployment.releases import BREAKS_PAGES
from tests.engine.daemon import engine, why_not
from tests.postgresql import Cluster

ROOT = Path(__file__).resolve().parents[2]
MISSING = why_not() or ("" if shutil.which("docker") else "no docker (Debian package docker.io)")
pytestmark = [
    pytest.mark.server,
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=MISSING or "-"),
]

PORTAL = "portal.example"
PASSPHRASE = "quatre bateaux bleus"
FILL = f"""
from pathlib import Path
from django.conf import settings
from archipel.host import operations
operations.set_up(name="L’Escale", contact_address="a@lescale.example", portal_url="https://{PORTAL}",
    sites_domain="pages.example.net", languages=["fr"], sender_name="L’Escale", sender_address="a@lescale.example")
for name in ("files/a/letter.txt", "websites/site/versions/1/index.html"):
    path = Path(settings.ARCHIPEL_DATA) / name
    path.parent.mkdir(parents=True)
    path.write_text("Bonjour, la rive ! " * 1000)
"""


class Deployed:
    """The stack on an engine of its own; pages are asked from inside its network, as a visitor's machine would."""

    def __init__(self, machine, folder: Path) -> None:
        self.machine, self.folder = machine, folder
        socket = machine.address.removeprefix("unix://")
        (folder / "settings").write_text(
            f"PORTAL_NAME={PORTAL}\nCERTIFICATES=internal\nENGINE_SOCKET={socket}\nBACKUP_PASSPHRASE='{PASSPHRASE}'\n"
        )
        self.environment = os.environ | {
            "DOCKER_HOST": machine.address, "DOCKER_BUILDKIT": "0", "ARCHIPEL_VERSION": VERSION, "SETTINGS": str(folder / "settings"),
        }  # fmt: skip
        for name in ("PYTHONPATH", "ARCHIPEL_DATA", "ARCHIPEL_DATABASE"):
            self.environment.pop(name, None)

    def script(self, name: str, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [ROOT / "deploy" / name, *words], env=self.environment | more, capture_output=True, text=True, check=False, timeout=400
        )  # fmt: skip

    def docker(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["docker", *words], env=self.environment, input=stdin, capture_output=True, text=True, check=False, timeout=120
        )  # fmt: skip

    def inside(self, service: str, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        wanted = ["ps", "-q", "--filter", f"label=com.docker.swarm.service.name=archipel_{service}"]
        container = self.docker(*wanted).stdout.split()[0]
        return self.docker("exec", "-i", container, *words, stdin=stdin)

    def get(self, address: str) -> tuple[str, str]:
        """Return what curl says of status and redirection, and the body."""
        where = [word for port in (80, 443) for word in ("--resolve", f"{PORTAL}:{port}:127.0.0.1")]
        said = subprocess.run(
            self.machine.namespace.command("curl", "-sk", *where, "-w", "\n%{http_code} %{redirect_url}", address),
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        body, _, facts = said.stdout.rpartition("\n")
        return facts.strip(), body

    def until_gone(self) -> None:
        """Wait until nothing of the stack is left, and delete its volumes."""
        end = time.monotonic() + 90
        mine = ("--filter", "label=com.docker.stack.namespace=archipel", "-q")
        while self.docker("ps", "-a", *mine).stdout + self.docker("network", "ls", *mine).stdout:
            assert time.monotonic() < end, "the stack does not go"
            time.sleep(1)
        # Those of single commands, which ended and carry no name of the stack.
        self.docker("container", "prune", "-f")
        volumes = self.docker("volume", "ls", *mine).stdout.split()
        assert self.docker("volume", "rm", *volumes).returncode == 0

    @property
    def data(self) -> Path:
        return self.machine.folder / "data" / "volumes" / "archipel_data" / "_data"

    def rows(self) -> list[str]:
        words = "PGPASSWORD=$(cat /run/secrets/postgresql_passphrase) exec pg_dump -h postgresql -U archipel --data-only --inserts archipel"
        return rows_of(self.inside("worker", "sh", "-c", words).stdout)


def rows_of(dump: str) -> list[str]:
    return sorted(line for line in dump.splitlines() if line.startswith("INSERT INTO"))


def files_below(folder: Path) -> dict[str, str]:
    """Return the digest of each file that a back-up holds."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for name in ("files", "websites", "keys")
        for path in sorted((folder / name).rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def deployed(tmp_path_factory):
    """The stack, up by ``deploy/up`` on an empty engine, and a host set up in it."""
    folder = tmp_path_factory.mktemp("stack")
    with ExitStack() as stack:
        machine = stack.enter_context(engine(load=deployed_images()))
        made = Deployed(machine, folder)
        began = time.monotonic()
        made.first = made.script("up")
        made.seconds = time.monotonic() - began
        if made.first.returncode:
            states = made.docker("stack", "ps", "--no-trunc", "archipel").stdout
            logs = [
                made.docker("service", "logs", "--raw", f"archipel_{one}").stdout[-1500:]
                for one in ("postgresql", "worker", "web")
            ]
            raise AssertionError("\n".join([made.first.stdout, made.first.stderr, states, *logs]))
        filled = made.inside("worker", "archipel", "shell", "-v0", stdin=FILL)
        assert (filled.returncode, filled.stderr) == (0, "")
        yield made


def test_first_start_says_how_to_set_the_host_up(deployed):
    print(
        f"up after {deployed.seconds:.0f} s; memory:\n{deployed.docker('stats', '--no-stream', '--format', '{{.Name}} {{.MemUsage}}').stdout}"
    )
    code = deployed.first.stdout.splitlines()[-1]

    assert f"https://{PORTAL}/set-up/" in deployed.first.stdout
    assert (code.split(":")[0], len(code.split()[-1])) == ("One-time code", 14)


def test_portal_answers_through_caddy_over_tls_alone(deployed):
    time.sleep(6)  # what the processes remember of the host's row lasts five seconds

    pages = {path: deployed.get(f"https://{PORTAL}{path}") for path in ("/", "/account/login/", "/api/openapi.json")}

    assert {path: facts for path, (facts, _) in pages.items()} == {path: "200" for path in pages}
    assert "L’Escale" in pages["/"][1]
    assert deployed.get(f"http://{PORTAL}/account/login/")[0] == f"308 https://{PORTAL}/account/login/"


def test_figures_are_shown_to_nobody_outside(deployed):
    token = deployed.inside("web", "cat", "/run/secrets/metrics_token").stdout.strip()
    ask = f"import urllib.request as u; print(u.urlopen(u.Request('http://web:8000/metrics', headers={{'Authorization': 'Bearer {token}'}})).read().decode())"

    assert (deployed.get(f"https://{PORTAL}/metrics")[0], deployed.get(f"https://{PORTAL}/health/ready")) == (
        "404",
        ("200", "ready\n"),
    )
    assert 'archipel_release{version="1"} 1.0' in deployed.inside("web", "python", "-c", ask).stdout


def test_web_holds_nothing_that_drives_the_outside(deployed):
    secrets = {one: deployed.inside(one, "ls", "/run/secrets").stdout.split() for one in ("web", "worker", "caddy")}
    sockets = {
        (one, path): deployed.inside(one, "test", "-w", path).returncode
        for one in ("web", "worker")
        for path in ("/var/run/docker.sock", "/run/caddy/admin.sock")
    }

    assert secrets["web"] == ["metrics_token", "postgresql_passphrase", "s3_secret_key"]
    assert secrets["caddy"] == []
    assert {one for (one, _), code in sockets.items() if code == 0} == {"worker"}
    assert sum(code == 0 for code in sockets.values()) == 2


def test_nothing_can_be_written_but_the_data(deployed):
    tried = {
        path: deployed.inside("web", "touch", f"{path}/x").returncode for path in ("/opt/archipel", "/etc", "/usr/bin")
    }

    assert tried == {path: 1 for path in tried}
    assert deployed.inside("web", "id", "-u").stdout == "10001\n"


def test_worker_drives_the_proxy_by_its_socket(deployed):
    ask = (
        "import socket; s = socket.socket(socket.AF_UNIX); s.connect('/run/caddy/admin.sock');"
        "s.send(b'GET /config/apps/http/ HTTP/1.0\\r\\nHost: x\\r\\n\\r\\n'); print(s.recv(15).decode())"
    )

    assert deployed.inside("worker", "python", "-c", ask).stdout.strip() == "HTTP/1.0 200 OK"


def test_worker_holds_what_keeps_copies_of_spaces(deployed):
    assert [deployed.inside("worker", *words).returncode for words in (("restic", "version"), ("ssh", "-V"))] == [0, 0]


def test_secret_that_changes_takes_another_name_and_a_new_one_is_made_when_missing(deployed):
    refused = deployed.script("up", SMTP_ADDRESS="smtp://a:new@mail.example:587")
    assert (refused.returncode, "NAME_OF_SMTP=smtp_2" in refused.stderr) == (1, True), refused
    assert deployed.inside("worker", "cat", "/run/secrets/smtp").stdout == "\n"

    with (deployed.folder / "settings").open("a") as settings:
        settings.write("NAME_OF_SMTP=smtp_2\n")
    changed = deployed.script("up", SMTP_ADDRESS="smtp://a:new@mail.example:587")

    assert (changed.returncode, changed.stderr) == (0, "")
    assert deployed.inside("worker", "cat", "/run/secrets/smtp").stdout == "smtp://a:new@mail.example:587\n"


def test_back_up_of_the_stack_fills_an_empty_installation_without_containers(deployed, tmp_path):
    deployed.inside("worker", "archipel", "close-door", "--wait", "30")
    made = deployed.inside("worker", "archipel", "backup", "backups/whole.archipel")
    rows, files = deployed.rows(), files_below(deployed.data)
    deployed.inside("worker", "archipel", "open-door")
    assert (made.returncode, made.stderr, len(rows) > 50, len(files)) == (0, "", True, 4)

    with ExitStack() as stack:
        place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="archipel-postgresql-")))
        cluster = Cluster.start(place)
        stack.callback(cluster.stop)
        with psycopg.connect(cluster.address, autocommit=True) as connection:
            connection.execute("CREATE DATABASE empty")
        address = cluster.address.rsplit("/", 1)[0] + "/empty"
        other = stack.enter_context(Installation(tmp_path / "data", ARCHIPEL_DATABASE=address))

        restored = other.run("restore", str(deployed.data / "backups" / "whole.archipel"))
        dump = subprocess.run(
            ["pg_dump", "--data-only", "--inserts", address], capture_output=True, text=True, check=False
        )

        assert (restored.returncode, restored.stderr, dump.returncode) == (0, "", 0)
        assert rows_of(dump.stdout) == rows
        assert files_below(other.data) == files
        prepared = other.run("prepare")
        other.start("web", "--processes", "1")
        other.wait()
        assert (prepared.returncode, "L’Escale" in other.get("/")[1]) == (0, True)


def test_upgrade_to_a_broken_image_comes_back_and_loses_nothing(deployed, tmp_path):
    for name, words in BREAKS_PAGES.items():
        path = tmp_path / "broken" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(
            (ROOT / "src/archipel" / name).read_text() + words if (ROOT / "src/archipel" / name).exists() else words
        )
    (tmp_path / "Dockerfile").write_text(
        f"FROM archipel:{VERSION}\nCOPY --chmod=644 broken /opt/archipel/src/archipel/\n".replace("--chmod=644 ", "")
    )
    assert deployed.docker("build", "-q", "--network", "none", "-t", "archipel:2", str(tmp_path)).returncode == 0
    for name in ("archipel-postgresql", "archipel-caddy"):
        deployed.docker("tag", f"{name}:{VERSION}", f"{name}:2")

    done = deployed.script("upgrade", ARCHIPEL_VERSION="2")

    assert (done.returncode, "2 runs, but is not well." in done.stdout) == (1, True), (done.stdout, done.stderr)
    facts, page = deployed.get(f"https://{PORTAL}/")
    assert (facts, "L’Escale" in page, (deployed.data / "closed").exists()) == ("200", True, False)
    assert [row for row in deployed.rows() if "'0900_later'" in row or "'broken'" in row] == []
    image = ["service", "inspect", "archipel_web", "--format", "{{.Spec.TaskTemplate.ContainerSpec.Image}}"]
    assert deployed.docker(*image).stdout.strip() == f"archipel:{VERSION}"


def test_back_up_fills_an_empty_engine(deployed, tmp_path):
    kept = tmp_path / "kept.archipel"
    deployed.inside("worker", "archipel", "close-door", "--wait", "30")
    assert deployed.inside("worker", "archipel", "backup", "backups/last.archipel").returncode == 0
    shutil.copy(deployed.data / "backups" / "last.archipel", kept)
    rows, files = deployed.rows(), files_below(deployed.data)
    full = deployed.script("up", str(kept))
    assert (full.returncode, "only fills an empty installation" in full.stderr) == (1, True), full
    deployed.docker("stack", "rm", "archipel")
    deployed.until_gone()

    filled = deployed.script("up", str(kept))

    assert (filled.returncode, filled.stdout.splitlines()[-1]) == (0, f"Archipel {VERSION}: https://{PORTAL}/"), filled
    facts, page = deployed.get(f"https://{PORTAL}/")
    assert (facts, "L’Escale" in page, files_below(deployed.data)) == ("200", True, files)
    lasting = [row for row in rows if " public.history_" in row or " public.host_" in row]
    assert lasting, "nothing was there to come back"
    assert [row for row in lasting if row not in set(deployed.rows())] == []
