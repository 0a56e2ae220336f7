# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each answer has a number, a line and a measure, and none of them says who asked for what."""

from __future__ import annotations

import logging
import re

import pytest
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from prometheus_client.parser import text_string_to_metric_families

from archipel.config import metrics
from archipel.config.logs import JsonLines
from archipel.config.observing import ROUTE, current_request, observed
from archipel.config.wsgi import application


def asked(path: str, application=application, **more: str):
    """Return status, headers and body that a WSGI application gives."""
    from django.test.client import FakePayload

    said = {}
    environ = {
        "REQUEST_METHOD": "GET", "PATH_INFO": path, "SERVER_NAME": "localhost", "SERVER_PORT": "80", "HTTP_HOST": "localhost",
        "REMOTE_ADDR": "127.0.0.1", "wsgi.input": FakePayload(b""), "wsgi.url_scheme": "http", "QUERY_STRING": "",
    } | more  # fmt: skip

    def start(status, headers, *_):
        said.update(status=status[:3], headers=dict(headers))

    # As Django's own test client: a request must not close the connection that holds the test's transaction.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        body = b"".join(application(environ, start))
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)
    return said["status"], said["headers"], body.decode()


def test_number_of_a_request_is_in_the_header_the_line_and_nowhere_afterwards(caplog):
    seen = []

    def answer(environ, start_response):
        seen.append(current_request.get())
        environ[ROUTE] = "space"
        start_response("200 OK", [])
        return [b""]

    with caplog.at_level(logging.INFO, logger="archipel.requests"):
        _, headers, _ = asked("/spaces/abc/", observed(answer))

    assert (headers["X-Request-Id"], len(seen[0]), current_request.get()) == (seen[0], 16, "")
    assert {key: caplog.records[-1].facts[key] for key in ("status", "route", "method")} == {
        "status": 200,
        "route": "space",
        "method": "GET",
    }


def test_answer_that_breaks_is_counted_as_500(caplog):
    def answer(environ, start_response):
        raise RuntimeError("broken")

    with caplog.at_level(logging.INFO, logger="archipel.requests"), pytest.raises(RuntimeError):
        asked("/", observed(answer))

    assert caplog.records[-1].facts["status"] == 500


@pytest.mark.django_db
def test_page_of_an_error_shows_the_number(client, host):
    answer = client.get("/nothing/here/", **{"archipel.request": "0123456789abcdef"})

    assert "0123456789abcdef" in answer.content.decode()


@pytest.mark.django_db
def test_line_names_the_page_and_never_its_address(host, caplog):
    with caplog.at_level(logging.INFO, logger="archipel.requests"):
        asked("/account/login/")
        asked("/requests/follow/some-secret-of-a-link/")

    assert [line.facts["route"] for line in caplog.records if line.name == "archipel.requests"] == [
        "account_login",
        "request-follow",
    ]
    lines = [JsonLines().format(line) for line in caplog.records]
    assert [line for line in lines if "some-secret" in line] == []


@pytest.mark.django_db
def test_figures_are_read_by_the_librarys_own_parser(host):
    asked("/account/login/")
    status, headers, text = asked("/metrics")
    found = {family.name: family for family in text_string_to_metric_families(text)}

    assert (status, headers["Content-Type"]) == ("200", metrics.CONTENT_TYPE)
    assert {sample.labels["state"]: sample.value for sample in found["archipel_spaces"].samples} == dict.fromkeys(
        ("opening", "open", "closing", "closed", "deleted"), 0.0
    )
    wanted = {
        "archipel_jobs", "archipel_jobs_failing", "archipel_oldest_job_seconds", "archipel_worker_late_seconds", "archipel_procedures",
        "archipel_spaces_not_answering", "archipel_mails_waiting", "archipel_oldest_mail_seconds", "archipel_requests",
        "archipel_request_seconds", "archipel_disk_free_bytes", "archipel_door_closed", "archipel_release",
    }  # fmt: skip
    assert wanted - set(found) == set()


@pytest.mark.django_db
def test_every_figure_is_told_of_in_the_manual(host):
    asked("/account/login/")
    families = text_string_to_metric_families(asked("/metrics")[2])
    found = {family.name.removesuffix("_created") for family in families if family.name.startswith("archipel_")}
    manual = (settings.BASE / "docs" / "operating" / "monitoring.md").read_text()
    told = {name.removesuffix("_total") for name in re.findall(r"`(archipel_[a-z_]+)(?:\{[^`]*)?`", manual)}

    assert found - told == set()
    assert told - found == {"archipel_portal", "archipel_metrics_token"}


@pytest.mark.django_db
def test_labels_are_words_of_ours_alone(host):
    for path in (
        "/spaces/abcdefghijklmn/",
        "/requests/follow/some-secret-of-a-link/",
        "/static/nothing.css",
        "/api/nothing",
    ):
        asked(path)
    text = asked("/metrics")[2]
    kinds = {
        sample.labels["kind"]
        for family in text_string_to_metric_families(text)
        if family.name == "archipel_requests"
        for sample in family.samples
    }

    assert kinds - {"page", "api", "site", "static", "door", "health", "elsewhere", "none"} == set()
    assert ("some-secret" in text, "abcdefghijklmn" in text) == (False, False)
