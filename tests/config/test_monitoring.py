# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who watches is told how things stand; reasons and figures go to who runs the machine alone."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from archipel.host.operations import close_door, reopen_door
from archipel.host.queries import current, forget_remembered
from archipel.outbox.models import Periodic
from tests.config.test_observing import asked

pytestmark = pytest.mark.django_db
ELSEWHERE = {"REMOTE_ADDR": "203.0.113.9", "HTTP_HOST": "localhost"}
THROUGH_A_PROXY = {"HTTP_X_FORWARDED_FOR": "203.0.113.9", "HTTP_HOST": "localhost"}
ANOTHER_NAME = {"HTTP_HOST": "portal.example"}


@pytest.fixture
def late_worker():
    Periodic.objects.create(
        name="spaces.settle", handler="x", rule="every 60", next_due=timezone.now() - timedelta(minutes=10)
    )


@pytest.fixture
def closed():
    key = close_door()
    yield key
    reopen_door()


@pytest.fixture
def lost_database():
    def broken(*_):
        raise OperationalError("server closed the connection")

    with connection.execute_wrapper(broken):
        yield


@pytest.mark.django_db(transaction=True)
def test_figures_of_the_machine_are_told_without_the_database(lost_database):
    status, _, text = asked("/metrics")
    values = {family.name: family.samples[0].value for family in text_string_to_metric_families(text) if family.samples}

    assert (status, values["archipel_database_answers"], values["archipel_disk_bytes"] > 0) == ("200", 0.0, True)
    assert asked("/health/ready")[::2] == ("503", "The database does not answer (OperationalError).\n")


@pytest.mark.django_db(transaction=True)
def test_hosted_sites_go_on_without_the_database(host, request):
    """They are files: what was known of the host serves until the database answers again."""
    current()
    forget_remembered()
    request.getfixturevalue("lost_database")

    assert asked("/", HTTP_HOST=f"nowhere.{host.sites_domain}")[0] == "404"


def test_process_that_lives_says_so_to_anybody():
    assert [asked("/health/live", **more)[::2] for more in ({}, ELSEWHERE, ANOTHER_NAME)] == [("200", "alive\n")] * 3


def test_installation_that_works_is_ready_before_it_is_set_up():
    assert asked("/health/ready")[::2] == ("200", "ready\n")


def test_reason_is_told_to_who_runs_the_machine_alone(late_worker):
    status, _, reason = asked("/health/ready")

    assert (status, reason.startswith("The worker is 6"), reason.endswith("late: is it running?\n")) == (
        "503",
        True,
        True,
    )
    for more in (ELSEWHERE, THROUGH_A_PROXY, ANOTHER_NAME):
        assert asked("/health/ready", **more)[::2] == ("503", "not ready\n")


def test_figures_are_not_there_for_others():
    assert [asked("/metrics", **more)[::2] for more in (ELSEWHERE, THROUGH_A_PROXY, ANOTHER_NAME)] == [("404", "")] * 3


def test_token_opens_them_from_anywhere(monkeypatch):
    monkeypatch.setenv("ARCHIPEL_METRICS_TOKEN", "open sesame")

    right = asked("/metrics", **ELSEWHERE, HTTP_AUTHORIZATION="Bearer open sesame")
    wrong = asked("/metrics", **ELSEWHERE, HTTP_AUTHORIZATION="Bearer open")
    none = asked("/metrics", **ELSEWHERE)

    assert (right[0], wrong[0], none[0]) == ("200", "404", "404")


def test_no_token_opens_nothing_to_an_empty_one():
    assert asked("/metrics", **ELSEWHERE, HTTP_AUTHORIZATION="Bearer ")[0] == "404"


def test_closed_door_is_not_a_worker_that_is_missing(late_worker, closed):
    assert asked("/health/ready")[0] == "200"


def test_closed_door_answers_people_and_programs(host, closed):
    page, program = asked("/"), asked("/api/openapi.json")

    assert (page[0], page[1]["Retry-After"], "Fermé pour un moment" in page[2]) == ("503", "60", True)
    assert (program[0], '"code": "closed"' in program[2]) == ("503", True)


def test_key_of_the_door_looks_at_pages(host, closed):
    answers = [asked("/account/login/", HTTP_X_ARCHIPEL_DOOR=key)[0] for key in (closed, "another", "")]

    assert answers == ["200", "503", "503"]
