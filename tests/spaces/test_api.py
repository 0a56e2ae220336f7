# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.identity import operations as identity
from archipel.kernel import clock
from archipel.outbox.worker import drain
from archipel.procedures import queries as procedures
from archipel.spaces import operations
from archipel.spaces.models import Closing, Publication, Space
from tests import factories
from tests.spaces import proxies

pytestmark = pytest.mark.django_db
ALL = ["spaces:read", "spaces:write", "websites:publish", "deletion:confirm", "procedures:read"]


@pytest.fixture
def ask(client):
    def send(person, method, path, body=None, *, scopes=ALL, kind="application/json", **extra):
        _, secret = identity.issue_token(person=person, name="Robot", scopes=scopes)
        extra["HTTP_AUTHORIZATION"] = f"Bearer {secret}"
        if body is None:
            return getattr(client, method)(f"/api{path}", **extra)
        return getattr(client, method)(f"/api{path}", data=body, content_type=kind, **extra)

    return send


def _publish(ask, person, site, files=None):
    body = factories.zip_of(files).getvalue()
    return ask(person, "post", f"/spaces/{site.public_id}/versions", body, kind="application/zip")


def test_program_publishes_reads_and_restores(site, ask, bob, websites):
    first = _publish(ask, bob, site)
    assert (first.status_code, first.json()["number"], first.json()["state"]) == (201, 1, "online")
    _publish(ask, bob, site, {"index.html": b"2"})
    assert Publication.objects.filter(means="api").count() == 2

    back = ask(bob, "post", f"/spaces/{site.public_id}/versions/{first.json()['id']}/restore")

    assert back.status_code == 200
    told = ask(bob, "get", f"/spaces/{site.public_id}").json()
    assert [(line["number"], line["online"]) for line in told["versions"]] == [(2, False), (1, True)]
    assert (told["state"], told["address"], told["effect"]) == ("open", "trois-ponts.pages.example", "")


def test_refused_archive_answers_with_its_code_and_file(site, ask, bob):
    answer = _publish(ask, bob, site, {"../x": b"1"})
    assert (answer.status_code, answer.json()["code"]) == (422, "publish_refused")
    assert answer.json()["details"] == {"reason": "bad_path", "file": "../x"}


def test_body_longer_than_the_quota_is_not_read(site, ask, bob):
    Space.objects.update(quota_bytes=1)
    answer = ask(
        bob, "post", f"/spaces/{site.public_id}/versions", b"x", kind="application/zip", CONTENT_LENGTH=str(10**9)
    )
    assert (answer.status_code, answer.json()["details"]["reason"]) == (422, "quota")


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("get", "", "spaces:read"),
        ("post", "/versions", "websites:publish"),
        ("post", "/exports", "spaces:write"),
        ("post", "/deletion", "deletion:confirm"),
    ],
)
def test_token_without_the_scope_is_refused(site, ask, alice, method, path, scope):
    others = [name for name in ALL if name != scope]
    answer = ask(alice, method, f"/spaces/{site.public_id}{path}", scopes=others)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_stranger_is_told_there_is_no_such_space(site, ask, charlie):
    answer = ask(charlie, "get", f"/spaces/{site.public_id}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert _publish(ask, charlie, site).status_code == 404


def test_holds_by_program_follow_the_rights(site, ask, alice, bob, staff):
    path = f"/spaces/{site.public_id}/holds"
    own = {"kind": "own_wish", "effect": "suspended"}
    assert ask(bob, "post", path, own).status_code == 403
    assert ask(alice, "post", path, {"kind": "abuse", "effect": "suspended", "reason": "x"}).status_code == 403
    made = ask(alice, "post", path, own)
    assert made.status_code == 201
    abuse = ask(staff, "post", path, {"kind": "abuse", "effect": "read_only", "reason": "x"}).json()
    assert ask(alice, "delete", f"{path}/{abuse['id']}").status_code == 403

    released = ask(alice, "delete", f"{path}/{made.json()['id']}")

    assert released.json()["lifted_at"] is not None
    assert ask(alice, "get", f"/spaces/{site.public_id}").json()["effect"] == "read_only"


def test_leaving_by_program(site, ask, alice, staff):
    path = f"/spaces/{site.public_id}"
    operations.publish_zip(space=site, archive=factories.zip_of(), person=alice)
    asked = ask(alice, "post", f"{path}/exports")
    assert (asked.status_code, asked.json()["ready"]) == (202, False)
    drain()
    export = ask(alice, "get", f"{path}/exports/{asked.json()['id']}").json()
    file = ask(alice, "get", export["url"].removeprefix("/api"))
    assert len(b"".join(file.streaming_content)) == export["size"]

    closing = ask(alice, "post", f"{path}/closing", {"reason": "Fin"})
    assert closing.status_code == 201
    early = ask(alice, "post", f"{path}/deletion")
    assert (early.status_code, early.json()["code"]) == (409, "too_early")
    drain()
    Closing.objects.update(delete_after=clock.today())
    assert ask(alice, "post", f"{path}/deletion").json()["confirmations"] == 1
    same = ask(alice, "post", f"{path}/deletion")
    assert (same.status_code, same.json()["code"]) == (409, "same_person")
    assert ask(staff, "post", f"{path}/deletion").json()["confirmations"] == 2
    drain()

    told = ask(alice, "get", path).json()
    assert (told["state"], told["closing"]["proof"]["space"]["id"]) == ("deleted", site.public_id)


def test_closing_can_be_cancelled_by_program(site, ask, alice):
    path = f"/spaces/{site.public_id}"
    ask(alice, "post", f"{path}/closing", {})
    assert ask(alice, "delete", f"{path}/closing").status_code == 204
    assert ask(alice, "get", path).json()["state"] == "open"


def test_procedure_is_read_by_its_organisation_only(site, ask, alice, charlie):
    operations.ask_export(space=site, by=alice)
    drain()
    procedure = procedures.of("export", site.exports.get().public_id)

    told = ask(alice, "get", f"/procedures/{procedure.public_id}").json()

    assert (told["state"], told["done"], told["total"]) == ("done", 3, 3)
    assert [step["name"] for step in told["steps"]] == ["gather", "pack", "hand_over"]
    assert ask(charlie, "get", f"/procedures/{procedure.public_id}").status_code == 404


def test_measure_that_fails_blocks_nobody(site, websites):
    websites.faults.fail("silent")
    assert operations.measure_usage(space=site) is None
    assert operations.measure_all() == 1
    websites.faults.heal()
    Space.objects.update(usage_at=clock.now() - timedelta(days=3))

    operations.measure_all()

    site.refresh_from_db()
    assert (site.usage_bytes, site.healthy) == (0, True)


def test_program_brings_a_name_and_reads_its_records(site, ask, alice, settings):
    settings.NAMES_LOOKUP = "tests.spaces.proxies.lookup"
    proxies.renew_lookup().names["www.troisponts.org", "A"] = ["203.0.113.5"]
    place = f"/spaces/{site.public_id}/domains"
    made = ask(alice, "post", place, {"name": "WWW.troisponts.org"})
    assert (made.status_code, made.json()["state"], made.json()["name"]) == (201, "pending", "www.troisponts.org")
    assert ask(alice, "post", place, {"name": "asso.fr"}).json()["code"] == "public_suffix"
    drain()
    told = ask(alice, "get", place).json()
    assert (told["address"], told["main"]) == ("trois-ponts.pages.example", "www.troisponts.org")
    (line,) = told["domains"]
    assert (line["state"], line["main"], line["problem"]) == ("enabled", True, "")
    assert line["records"] == [
        {
            "kind": "CNAME",
            "name": "www.troisponts.org",
            "expected": ["trois-ponts.pages.example."],
            "observed": ["203.0.113.5"],
            "right": True,
        }
    ]
    assert ask(alice, "post", f"{place}/{line['id']}/check", {}).status_code == 202
    assert ask(alice, "post", f"{place}/{line['id']}/main", {}).json()["main"] is True
    assert ask(alice, "delete", f"{place}/{line['id']}").status_code == 204
    assert ask(alice, "get", place).json()["domains"] == []
