# SPDX-License-Identifier: AGPL-3.0-or-later
"""A log names the pages that were asked for, never the secret of a link nor who was there."""

from __future__ import annotations

import json
import logging
import sys

import pytest
from django.conf import settings

from archipel.admissions.links import token_for
from archipel.config.logs import HideLinks, JsonLines, Lines, without_persons
from archipel.kernel.references import new_public_id, new_token


def written(path: str) -> str:
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "%s: %s", ("Gone", path), None)
    assert HideLinks().filter(record)
    return record.getMessage()


def test_secret_of_a_link_is_left_out():
    draft, token = token_for("draft", new_public_id()), new_token()

    assert written(f"/requests/draft/{draft}/needs/") == "Gone: /requests/draft/…/needs/"
    assert written(f"/agreements/{token}/") == "Gone: /agreements/…/"
    assert written(f"/invitation/{new_public_id()}{token}/") == "Gone: /invitation/…/"
    assert written("/account/password/reset/key/2-czn9q8-0f1e2d3c4b5a69788796a5b4c3d2e1f0/") == (
        "Gone: /account/password/reset/key/…/"
    )


def test_public_id_stays():
    space = new_public_id()

    assert written(f"/spaces/{space}/versions/") == f"Gone: /spaces/{space}/versions/"


def test_every_line_passes_through_it():
    filters = {name: handler["filters"] for name, handler in settings.LOGGING["handlers"].items()}

    assert filters == {"stderr": ["links"]}


PERSONAL = {
    "mail": "alice.martin+asso@trois-ponts.example.org",
    "number": "203.0.113.77",
    "long number": "2001:db8:85a3::8a2e:370:7334",
    "token": new_token(),
    "signed": "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl",
}


def record(
    message: str, *args: object, error: Exception | None = None, name: str = "archipel.worker"
) -> logging.LogRecord:
    info = (type(error), error, None) if error else None
    return logging.LogRecord(name, logging.WARNING, "", 0, message, args, info)


@pytest.mark.parametrize("formatter", [JsonLines(), Lines("{levelname} {message}", style="{")], ids=["json", "line"])
@pytest.mark.parametrize("kind", PERSONAL)
def test_no_line_holds_a_person_or_a_key(formatter, kind):
    personal = PERSONAL[kind]
    lines = [
        formatter.format(record(f"said by {personal}, twice")),
        formatter.format(record("said by %s (%s)", personal, [personal])),
        formatter.format(record("it failed", error=ValueError(f"<{personal}> was refused"))),
        formatter.format(record("%s: %s", "Not Found", f"/reset/{personal}/?to={personal}", name="django.request")),
    ]

    assert [line for line in lines if personal in line] == []


def test_values_of_the_row_an_error_is_about_are_left_out():
    said = 'duplicate key value violates unique constraint "one_name"\nDETAIL:  Key (name)=(Alice Martin) already exists.\n'

    assert without_persons(said) == 'duplicate key value violates unique constraint "one_name"\nDETAIL: …\n'


def test_hours_versions_and_this_machine_stay():
    words = "12:34:56 on 2026-11-26, Caddy 2.11.7 at 127.0.0.1:8000 and ::1, spaces.tasks.settle_all_of_them_by_night"

    assert without_persons(words) == words


def test_json_line_says_how_a_request_was_answered_by_the_name_of_its_page():
    made = record("answered %s", "200", name="archipel.requests")
    made.facts = {"status": 200, "milliseconds": 12.5, "route": "follow-request", "method": "GET"}

    line = json.loads(JsonLines().format(made))

    assert {key: line[key] for key in ("level", "logger", "message", "status", "milliseconds", "route", "method")} == {
        "level": "warning", "logger": "archipel.requests", "message": "answered 200",
        "status": 200, "milliseconds": 12.5, "route": "follow-request", "method": "GET",
    }  # fmt: skip


def test_line_of_django_on_an_answer_leaves_out_the_path(rf):
    made = record("%s: %s", "Not Found", "/agreements/abc/", name="django.request")
    made.request = rf.get("/agreements/abc/")

    assert json.loads(JsonLines().format(made))["message"] == "Not Found"


def test_error_is_one_line_with_its_trace():
    try:
        raise RuntimeError("the disk is full")
    except RuntimeError:
        made = logging.LogRecord("archipel", logging.ERROR, "", 0, "it failed", (), sys.exc_info())

    text = JsonLines().format(made)

    assert (text.count("\n"), "RuntimeError: the disk is full" in json.loads(text)["error"]) == (0, True)
