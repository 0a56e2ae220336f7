# SPDX-License-Identifier: AGPL-3.0-or-later
"""``archipel prepare``, ``web`` and ``worker`` as whoever starts them one by one sees them: real processes."""

from __future__ import annotations

import os
import signal
import socket
import sqlite3
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.config.installation import Installation, children_of

pytestmark = [pytest.mark.server, pytest.mark.slow]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A data folder that was prepared, with two web processes and a worker on it."""
    with Installation(tmp_path_factory.mktemp("web") / "data", ARCHIPEL_LOGS="json") as made:
        done = made.run("prepare")
        assert (done.returncode, done.stderr) == (0, "")
        made.web = made.start("web", "--processes", "2")
        made.worker = made.start("worker")
        made.wait()
        yield made


def test_who_starts_one_by_one_has_a_real_host(prepared):
    assert ((prepared.data / "mode").read_text(), prepared.run("is-set-up").stdout) == ("real", "no\n")


def test_several_processes_answer_on_one_port(prepared):
    with ThreadPoolExecutor(8) as many:
        answers = set(many.map(lambda _: prepared.get("/set-up/")[0], range(24)))

    assert (answers, len(children_of(prepared.web.pid))) == ({200}, 2)


def test_process_that_ends_by_itself_is_started_again(prepared):
    first, second = children_of(prepared.web.pid)
    os.kill(first, signal.SIGKILL)
    end = time.monotonic() + 20
    while time.monotonic() < end and len(set(children_of(prepared.web.pid)) - {first}) < 2:
        time.sleep(0.1)

    assert (second in children_of(prepared.web.pid), prepared.get("/set-up/")[0]) == (True, 200)


def test_health_says_ready_and_figures_are_counted_over_processes(prepared):
    for _ in range(6):
        prepared.get("/set-up/")
    text = prepared.get("/metrics")[1]
    found = {family.name: family for family in text_string_to_metric_families(text)}

    assert prepared.get("/health/ready") == (200, "ready\n")
    assert pages_counted(prepared) >= 6
    assert {sample.labels["state"] for sample in found["archipel_jobs"].samples} == {"pending", "dead", "aside"}


def pages_counted(installation):
    families = text_string_to_metric_families(installation.get("/metrics")[1])
    samples = next(family for family in families if family.name == "archipel_requests").samples
    return sum(sample.value for sample in samples if sample.labels == {"kind": "page", "status": "200"})


def test_another_one_on_the_same_port_of_this_machine_counts_elsewhere(prepared):
    prepared.get("/set-up/")
    before = pages_counted(prepared)
    other = prepared.start("web", "--processes", "1", BIND="127.0.0.2")
    end = time.monotonic() + 60
    while time.monotonic() < end and not children_of(other.pid):
        time.sleep(0.1)
    prepared.get("/set-up/")
    beside = pages_counted(prepared)
    other.terminate()
    ended = other.wait(40)
    prepared.running.remove(other)
    folders = list((prepared.data.parent / "temporary").glob("archipel-counting-*"))

    assert (ended, beside >= before + 1, len(folders)) == (0, True, 1)


def test_figures_are_for_who_runs_the_machine(prepared):
    assert prepared.get("/metrics", Host="portal.example") == (404, "")
    assert prepared.get("/metrics", X_Forwarded_For="203.0.113.9", Host="portal.example") == (404, "")


def test_closed_door_lets_nobody_act_and_shows_pages_to_its_key(prepared):
    key = prepared.run("close-door").stdout.strip()
    closed, api = prepared.get("/set-up/"), prepared.get("/api/openapi.json")
    with_key = prepared.get("/set-up/", X_Archipel_Door=key)
    wrong = prepared.get("/set-up/", X_Archipel_Door="another")
    ready = prepared.get("/health/ready")
    prepared.run("open-door")

    assert (closed[0], "Fermé pour un moment" in closed[1]) == (503, True)
    assert (api[0], '"code": "closed"' in api[1]) == (503, True)
    assert (with_key[0], wrong[0], ready[0], prepared.get("/set-up/")[0]) == (200, 503, 200, 200)


def test_database_of_a_newer_release_is_refused_and_left_alone(prepared, tmp_path):
    copy = Installation(tmp_path / "data")
    copy.data.mkdir()
    with (
        closing(sqlite3.connect(prepared.data / "archipel.sqlite3")) as source,
        closing(sqlite3.connect(copy.data / "archipel.sqlite3")) as target,
    ):
        source.backup(target)
        target.execute(
            "insert into django_migrations (app, name, applied) values ('spaces', '0999_later', '2027-01-01')"
        )
        target.commit()
    before = (copy.data / "archipel.sqlite3").read_bytes()

    refused = [copy.run(*words) for words in (["prepare"], ["web"], ["worker", "--until-empty"])]

    assert [done.returncode for done in refused] == [2, 2, 2]
    assert ["it knows spaces.0999_later" in done.stderr for done in refused] == [True] * 3
    assert (copy.data / "archipel.sqlite3").read_bytes() == before


def test_request_that_was_begun_is_answered_before_the_process_ends(tmp_path):
    with Installation(tmp_path / "data") as made:
        assert made.run("prepare").returncode == 0
        web = made.start("web", "--processes", "1")
        made.wait()
        with socket.create_connection(("127.0.0.1", made.port)) as line:
            line.sendall(b"GET /set-up/ HTTP/1.1\r\nHost: localhost\r\n")
            time.sleep(0.5)
            web.send_signal(signal.SIGTERM)
            time.sleep(0.5)
            line.sendall(b"\r\n")
            answer = line.recv(65536)
        code = web.wait(30)

    assert (answer.split(b"\r\n")[0], code) == (b"HTTP/1.1 200 OK", 0)


def test_web_waits_until_the_database_was_prepared(tmp_path):
    with Installation(tmp_path / "data") as made:
        made.start("web", "--processes", "1")
        end = time.monotonic() + 60
        while time.monotonic() < end and "waiting for archipel prepare" not in made.log.read_text():
            time.sleep(0.2)
        with pytest.raises(OSError):
            made.get("/health/live")
        prepared = made.run("prepare").returncode
        made.wait()

        assert (prepared, made.get("/set-up/")[0]) == (0, 200)


def test_demonstration_is_never_served_to_others(tmp_path):
    made = Installation(tmp_path / "data", ARCHIPEL_MODE="demonstration")

    refused = made.run("web", "--bind", "0.0.0.0")

    assert (refused.returncode, "BIND=0.0.0.0 is refused" in refused.stderr) == (2, True)
