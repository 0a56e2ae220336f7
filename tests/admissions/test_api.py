# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import json

import pytest

from archipel.admissions import operations
from archipel.admissions.models import Request
from archipel.identity import operations as identity
from archipel.kernel import clock
from tests import factories
from tests.admissions import mailbox

pytestmark = pytest.mark.django_db
DENISE = "denise@jardinsduponant.example"
BODY = {key: factories.TYPED[key] for key in factories.TYPED if key != "town_text"} | {
    "service": "site",
    "language": "fr",
}


@pytest.fixture
def call(client):
    """Call the API, with the token of a person when one is given."""

    def post(path: str, body: dict | None = None, person=None, scopes=(), method: str = "post"):
        headers = {}
        if person is not None:
            _row, secret = identity.issue_token(person=person, name="test", scopes=list(scopes))
            headers["Authorization"] = f"Bearer {secret}"
        answer = getattr(client, method)(
            f"/api{path}",
            json.dumps(body or {}) if method == "post" else None,
            content_type="application/json",
            headers=headers,
        )
        return answer.status_code, json.loads(answer.content)

    return post


def test_the_whole_path_from_request_to_agreement(call, site, reviewer):
    status, sent = call("/requests", BODY)
    assert (status, sent["state"], mailbox.names_to(DENISE)) == (202, "draft", ["confirm_address"])

    status, confirmed = call("/requests/confirm", {"token": mailbox.token_of("confirm_address", "/requests/confirm/")})
    assert (status, confirmed["id"], confirmed["state"]) == (200, sent["id"], "submitted")

    decide = {"person": reviewer, "scopes": ["requests:decide"]}
    status, listed = call("/requests", method="get", **decide)
    assert (status, [row["id"] for row in listed["requests"]]) == (200, [sent["id"]])
    status, decided = call(f"/requests/{sent['id']}/decision", {"decision": "accept", "version": 0}, **decide)
    assert (status, decided["state"], decided["version"]) == (200, "accepted", 1)
    status, second = call(f"/requests/{sent['id']}/decision", {"decision": "decline", "version": 0}, **decide)
    assert (status, second["code"], second["details"]["by"]) == (409, "already_decided", reviewer.name)

    status, _agreed = call(f"/requests/{sent['id']}/agreement", {"token": mailbox.token_of("accepted", "/agreements/")})
    assert (status, Request.objects.get().agreement.state) == (200, "agreed")


def test_what_is_missing_is_said_by_field_and_nothing_is_kept(call, site):
    status, refused = call("/requests", BODY | {"email": "nowhere", "price_level": ""})

    assert (status, refused["code"], sorted(refused["details"]["errors"])) == (
        422,
        "incomplete",
        ["email", "price_level"],
    )
    assert Request.objects.count() == 0


def test_answers_to_the_questions_of_a_service(call, cloud, wave):
    body = BODY | {"service": "nuage", "tier": cloud.offers.get().tiers.first().public_id}

    assert call("/requests", body)[1]["details"]["errors"].keys() == {"question_people"}
    assert call("/requests", body | {"answers": {"people": "12"}})[0] == 202


def test_a_closed_form_refuses(call, cloud):
    status, refused = call("/requests", BODY | {"service": "nuage"})

    assert (status, refused["code"]) == (409, "form_closed")


def test_asking_is_limited_by_the_hour(call, site):
    statuses = [call("/requests", BODY | {"email": "nowhere"})[0] for _time in range(21)]

    assert statuses == [422] * 20 + [429]


def test_a_request_is_read_by_its_people_only(call, received, charlie):
    path = f"/requests/{received.public_id}"

    assert call(path, method="get")[0] == 401
    assert call(path, method="get", person=charlie, scopes=["requests:write"])[0] == 404
    assert call(path, method="get", person=received.person, scopes=["requests:write"])[1]["id"] == received.public_id


def test_deciding_needs_the_right_and_not_only_the_scope(call, received, charlie, reviewer):
    path, body = f"/requests/{received.public_id}/decision", {"decision": "waiting", "version": 0}

    assert call(path, body, person=charlie, scopes=["requests:decide"])[0] == 404
    assert call(path, body, person=reviewer, scopes=["me:read"])[0] == 403
    received.refresh_from_db()
    assert received.state == "submitted"


def test_withdrawing_by_its_asker(call, received):
    path = f"/requests/{received.public_id}/withdrawal"

    assert call(path, person=received.person, scopes=["requests:write"])[1]["state"] == "withdrawn"


def test_reopening_corrects(call, received, reviewer):
    operations.decide(request=received, decision="decline", by=reviewer, version=0, reason="other")

    body = {"decision": "reopen", "version": 1}
    status, shown = call(f"/requests/{received.public_id}/decision", body, person=reviewer, scopes=["requests:decide"])

    assert (status, shown["state"]) == (200, "in_review")


def test_a_wave_is_planned_opened_and_closed(call, cloud, reviewer):
    day = clock.today().year + 1
    given = {
        "service": "nuage", "names": {"fr": "Vague"}, "opens_at": f"{day}-01-01T09:00:00+01:00",
        "closes_at": f"{day}-02-01T09:00:00+01:00", "capacity": 3, "order": "lot",
    }  # fmt: skip
    who = {"person": reviewer, "scopes": ["waves:write"]}

    status, planned = call("/waves", given, **who)
    assert (status, planned["state"]) == (201, "planned")
    status, opened = call(f"/waves/{planned['id']}/open", **who)
    assert (status, opened["state"], len(opened["seed_hash"]), opened["seed"]) == (200, "open", 64, "")
    assert call(f"/waves/{planned['id']}", method="get")[1]["seed_hash"] == opened["seed_hash"]
    assert len(call(f"/waves/{planned['id']}/close", **who)[1]["seed"]) == 64
    assert call(f"/waves/{planned['id']}/open", **who)[0] == 409


def test_a_wave_without_a_zone_is_refused(call, cloud, reviewer):
    given = {
        "service": "nuage",
        "names": {"fr": "V"},
        "opens_at": "2030-01-01T09:00:00",
        "closes_at": "2030-02-01T09:00:00",
        "capacity": 3,
    }

    assert call("/waves", given, person=reviewer, scopes=["waves:write"])[0] == 422


def test_strangers_plan_no_wave(call, cloud, charlie):
    given = {
        "service": "nuage",
        "names": {"fr": "V"},
        "opens_at": "2030-01-01T09:00:00Z",
        "closes_at": "2030-02-01T09:00:00Z",
        "capacity": 3,
    }

    assert call("/waves", given, person=charlie, scopes=["waves:write"])[0] == 404


def test_every_operation_has_its_name(client):
    paths = client.get("/api/openapi.json").json()["paths"]
    names = {act["operationId"] for path in paths.values() for act in path.values()}

    expected = {
        "requestSpace", "confirmAddress", "getRequest", "listRequests", "decideRequest", "agreeToRequest", "withdrawRequest",
        "planWave", "getWave", "openWave", "closeWave", "cancelWave",
    }  # fmt: skip
    assert expected - names == set()
