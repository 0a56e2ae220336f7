# SPDX-License-Identifier: AGPL-3.0-or-later
"""``./run`` as somebody in front of a terminal sees it: real processes, a folder of their own."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from contextlib import closing
from pathlib import Path

import pytest
from bench.serving import Served, free_port

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.server


def _run(data: Path, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    clean = {
        key: value for key, value in os.environ.items() if key not in ("ARCHIPEL_DATABASE", "DJANGO_SETTINGS_MODULE")
    }
    known = clean | {"ARCHIPEL_DATA": str(data), "ARCHIPEL_MODE": "demonstration"} | environment
    return subprocess.run([ROOT / "run", *words], env=known, capture_output=True, text=True, timeout=180, check=False)


@pytest.fixture(scope="module")
def demonstration(tmp_path_factory):
    """A demonstration that was started once, and stopped."""
    data = tmp_path_factory.mktemp("run") / "data"
    with _serve(data) as served:
        served.text = Path(served.log.name).read_text()
    return data, served


def _serve(data: Path, **environment: str) -> Served:
    return Served(data, ARCHIPEL_DATABASE="", ARCHIPEL_MODE="demonstration", **environment)


def test_run_prints_address_sign_ins_and_mailbox(demonstration):
    _, served = demonstration
    assert [
        words in served.text
        for words in (
            f"{served.address}/\n",
            f"{served.address}/demonstration/mails/",
            "maelle@lescale.example",
            "Ctrl-C",
        )
    ] == [True] * 4


def test_run_leaves_nothing_running_and_stops_without_an_error(demonstration):
    data, served = demonstration
    assert (served.process.returncode, (data / "run.pid").exists()) == (0, False)


def test_second_run_prepares_nothing_and_keeps_the_data(demonstration):
    """How many seconds it takes is `bench/footprint`'s figure."""
    data, _ = demonstration
    with closing(sqlite3.connect(data / "archipel.sqlite3")) as database:
        before = database.execute("select count(*) from organisations_organisation").fetchone()
    written = (data / "static-made-from").stat().st_mtime_ns, (data / "locale" / "compiled-from").stat().st_mtime_ns
    with _serve(data) as served:
        page = urllib.request.urlopen(f"{served.address}/", timeout=10).read().decode()
    with closing(sqlite3.connect(data / "archipel.sqlite3")) as database:
        after = database.execute("select count(*) from organisations_organisation").fetchone()
    again = (data / "static-made-from").stat().st_mtime_ns, (data / "locale" / "compiled-from").stat().st_mtime_ns
    assert (before, written, "L’Escale" in page) == (after, again, True)


@pytest.mark.parametrize("bind", ["0.0.0.0", "192.0.2.7", "example.org"])
def test_demonstration_refuses_any_address_but_loopback(tmp_path, bind):
    done = _run(tmp_path / "data", BIND=bind)
    assert (done.returncode, f"BIND={bind} is refused" in done.stderr) == (2, True)


def test_port_that_is_taken_is_said_with_the_remedy(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        done = _run(tmp_path / "data", PORT=str(port))
    assert (done.returncode, f"Port {port} is taken" in done.stderr, f"PORT={port + 1} ./run" in done.stderr) == (
        2,
        True,
        True,
    )


def test_port_that_is_no_number_is_refused(tmp_path):
    done = _run(tmp_path / "data", PORT="eighty")
    assert (done.returncode, done.stderr.strip()) == (2, "PORT=eighty is not a port number (1 to 65535).")


def test_a_refused_start_leaves_nothing_that_would_refuse_a_real_host(tmp_path):
    data = tmp_path / "data"
    _run(data, PORT="eighty")

    done = _run(data, "--empty", BIND="192.0.2.7")

    assert (done.returncode, "is no address of this computer" in done.stderr, data.exists()) == (2, True, False)


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path):
    (tmp_path / "file").write_text("")

    done = _run(tmp_path / "file" / "data", PORT=str(free_port()))

    assert (done.returncode, done.stderr.count("\n"), "ARCHIPEL_DATA=… ./run" in done.stderr) == (2, 1, True)


def test_second_run_on_the_same_data_is_refused(demonstration):
    data, _ = demonstration
    with _serve(data):
        done = _run(data, PORT=str(free_port()))
    assert (done.returncode, "already running on this data" in done.stderr) == (2, True)


def test_migration_that_fails_puts_the_database_back(demonstration, tmp_path):
    """An older database whose next migration cannot succeed is left exactly as it was."""
    data, _ = demonstration
    with (
        closing(sqlite3.connect(data / "archipel.sqlite3")) as source,
        closing(sqlite3.connect(tmp_path / "kept")) as kept,
    ):
        source.backup(kept)
        # As if the last migration of the cache's neighbour had not run yet, while its table is in the way.
        source.execute("delete from django_migrations where app = 'history'")
        source.commit()
        rows = source.execute("select count(*) from history_entry").fetchone()
    done = _run(data, PORT=str(free_port()))
    with closing(sqlite3.connect(data / "archipel.sqlite3")) as database:
        after = database.execute("select count(*) from history_entry").fetchone()
        database.execute("delete from django_migrations where app = 'history'")
    with (
        closing(sqlite3.connect(tmp_path / "kept")) as kept,
        closing(sqlite3.connect(data / "archipel.sqlite3")) as database,
    ):
        kept.backup(database)
    assert (done.returncode, "was put back as it was" in done.stderr, after) == (2, True, rows)


def test_demonstration_data_is_never_taken_for_a_real_host(demonstration):
    data, _ = demonstration
    done = _run(data, "--empty", PORT=str(free_port()))
    assert (done.returncode, "holds the demonstration" in done.stderr) == (2, True)


def test_real_data_is_never_taken_for_a_demonstration(tmp_path):
    """``./run`` on the data of a real host serves the real host: mails leave, the demonstration mailbox does not exist."""
    data = tmp_path / "data"
    data.mkdir()
    (data / "mode").write_text("real")
    with _serve(data) as served, pytest.raises(urllib.error.HTTPError) as answer:
        urllib.request.urlopen(f"{served.address}/api/demonstration/mails", timeout=10)
    assert (answer.value.code, "not_set_up" in answer.value.read().decode()) == (503, True)


def test_killed_run_leaves_no_process_behind(tmp_path):
    served = _serve(tmp_path / "data")
    children = served.processes()[1:]
    served.process.send_signal(signal.SIGKILL)
    served.process.wait()
    end = time.monotonic() + 20
    while time.monotonic() < end and any(_alive(pid) for pid in children):
        time.sleep(0.1)
    assert [pid for pid in children if _alive(pid)] == []


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z"
    except OSError:
        return False


def test_tour_walks_the_nine_steps(tmp_path):
    done = _run(tmp_path / "unused", "--tour")
    assert (done.returncode, [line[:2] for line in done.stdout.splitlines()[:9]], done.stderr) == (
        0,
        [f"{number}." for number in range(1, 10)],
        "",
    )
