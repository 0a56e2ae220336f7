# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each operation of the API asked with a token of everybody, with one that lacks the scope, and without any."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from tests import factories
from tests.access import ways
from tests.access.people import ANONYMOUS, DESK, EVERYBODY, HOST, NOBODY, ORGANISATION, READ, SIGNED_IN, Who, asked_of
from tests.access.world import World, fingerprint

pytestmark = pytest.mark.django_db
ACTED = {"file", "answer 201", "answer 202", "answer 204", "answer 409", "answer 422"}


@dataclass(frozen=True)
class Call:
    """One operation: who may, with which scope; ``sees``: who is told 403, ``reason``: why it needs no token."""

    name: str
    may: Who
    scope: str = ""
    args: dict[str, str] = field(default_factory=dict)
    sees: Who = NOBODY
    body: Any = None
    reason: str = ""
    about: str = ""

    @property
    def label(self) -> str:
        return f"{self.name}{'@' if self.about else ''}{self.about}"


SPACE = {"space_id": "$space"}
CLOSING = {"space_id": "$closing_space"}
HELD = {"space_id": "$held_space"}
BLOG = {"space_id": "$blog"}
ORGANISED = {"organisation_id": "$organisation"}
REQUEST = {"public_id": "$request"}
WAVE = {"public_id": "$planned_wave"}
EXPORTS = ORGANISATION["export"] | DESK["delete"]
CLOSES = ORGANISATION["close"] | DESK["delete"]
HOLDS = ORGANISATION["close"] | DESK["hold"]
LINK = "the token in the body was read in the mailbox it was sent to"
ASKED = {"service": "$service", "person_name": "Nadia", "email": "nadia@people.example"}
PLANNED = {
    "service": "$by_wave", "names": {"fr": "Vague"}, "opens_at": "2031-01-01T08:00:00Z", "closes_at": "2031-02-01T08:00:00Z", "capacity": 4,
}  # fmt: skip

CALLS = [
    Call("createToken", EVERYBODY, reason="exchanges an address and a passphrase", body={"email": "x@people.example", "passphrase": "x", "name": "x", "scopes": ["me:read"]}),
    Call("acceptInvitation", EVERYBODY, reason=LINK, body={"token": "$invitation_token", "name": "Nadia", "passphrase": "un phare sur la lande"}),
    Call("listServices", EVERYBODY, reason="what is offered is public"),
    Call("getService", EVERYBODY, reason="what is offered is public", args={"slug": "$service"}),
    Call("requestSpace", EVERYBODY, reason="nobody needs an account to ask", body=ASKED),
    Call("confirmAddress", EVERYBODY, reason=LINK, body={"token": "$confirm_token"}),
    Call("agreeToRequest", EVERYBODY, reason=LINK, args=REQUEST, body={"token": "$agreement_token"}),
    Call("getWave", EVERYBODY, reason="waves are public", args=WAVE),
    Call("listDemonstrationMails", EVERYBODY, reason="the demonstration's mailbox; a real host has none"),
    Call("getClock", EVERYBODY, reason="what time it is"),
    Call("getMe", SIGNED_IN, "me:read"),
    Call("listOrganisations", SIGNED_IN, "me:read"),
    Call("getLauncher", SIGNED_IN, "launcher"),
    Call("listPeople", READ, "me:read", args=ORGANISED),
    Call("inviteMember", ORGANISATION["invite"], "organisations:write", args=ORGANISED, sees=READ, body={"email": "n@people.example", "role": "member"}),
    Call("removeMember", ORGANISATION["remove"], "organisations:write", args={**ORGANISED, "person_id": "$person"}, sees=READ),
    Call("readAgreement", READ, "agreements:write", args={"agreement_id": "$agreement"}),
    Call("getSpace", READ, "spaces:read", args=SPACE),
    Call("listSpacePeople", READ, "spaces:read", args=BLOG),
    Call("bringBundle", CLOSES, "spaces:write", args=BLOG, sees=READ, body="zip"),
    Call("getRestoration", CLOSES, "spaces:read", args={**BLOG, "restoration_id": "$restoration"}, sees=READ),
    Call("getEntitlement", READ, "spaces:read", args={"space": "$blog", "verb": "enter"}),
    Call("changeSpaceRole", ORGANISATION["remove"], "organisations:write", args={**BLOG, "person_id": "$person"}, sees=READ, body={"role": "author"}),
    Call("getProcedure", READ, "procedures:read", args={"procedure_id": "$procedure"}),
    Call("publishWebsite", ORGANISATION["publish"], "websites:publish", args=SPACE, sees=READ, body="zip"),
    Call("restoreVersion", ORGANISATION["publish"], "websites:publish", args={**SPACE, "version_id": "$version"}, sees=READ),
    Call("holdSpace", HOLDS, "spaces:write", args=SPACE, sees=READ, body={"effect": "suspended"}),
    Call("holdSpace", DESK["hold"], "spaces:write", about="abuse", args=SPACE, sees=READ, body={"kind": "abuse", "effect": "suspended", "reason": "…"}),
    Call("releaseSpace", HOLDS, "spaces:write", args={**HELD, "hold_id": "$own_hold"}, sees=READ),
    Call("releaseSpace", DESK["hold"], "spaces:write", about="abuse", args={**HELD, "hold_id": "$abuse_hold"}, sees=READ),
    Call("listDomains", CLOSES, "spaces:read", args=SPACE, sees=READ),
    Call("addDomain", CLOSES, "spaces:write", args=SPACE, sees=READ, body={"name": "www.lavoir.org"}),
    Call("checkDomain", CLOSES, "spaces:write", args={**SPACE, "domain_id": "$domain"}, sees=READ),
    Call("makeMainDomain", CLOSES, "spaces:write", args={**SPACE, "domain_id": "$domain"}, sees=READ),
    Call("removeDomain", CLOSES, "spaces:write", args={**SPACE, "domain_id": "$domain"}, sees=READ),
    Call("exportSpace", EXPORTS, "spaces:write", args=SPACE, sees=READ),
    Call("getExport", EXPORTS, "spaces:read", args={**SPACE, "export_id": "$export"}, sees=READ),
    Call("downloadExport", EXPORTS, "spaces:read", args={**SPACE, "export_id": "$export"}, sees=READ),
    Call("closeSpace", CLOSES, "spaces:write", args=SPACE, sees=READ, body={"reason": "Fini"}),
    Call("cancelClosing", CLOSES, "spaces:write", args=CLOSING, sees=READ),
    Call("confirmDeletion", CLOSES, "deletion:confirm", args=CLOSING, sees=READ),
    Call("whereIsOurData", READ, "spaces:read", args=ORGANISED),
    Call("listMachines", DESK["operate"], "machines:read", sees=HOST),
    Call("getMachine", DESK["operate"], "machines:read", args={"machine_id": "$machine"}, sees=HOST),
    Call("reportDisk", DESK["operate"], "machines:report", args={"machine_id": "$machine"}, sees=HOST, body={"disk": 10, "disk_free": 5}),
    Call("listRequests", DESK["decide"], "requests:decide", sees=HOST),
    Call("getRequest", READ, "requests:write", args=REQUEST),
    Call("decideRequest", DESK["decide"], "requests:decide", args=REQUEST, sees=HOST, body={"decision": "waiting", "version": 0}),
    Call("withdrawRequest", ORGANISATION["agree"], "requests:write", args=REQUEST, sees=READ),
    Call("planWave", DESK["waves"], "waves:write", sees=HOST, body=PLANNED),
    Call("openWave", DESK["waves"], "waves:write", args=WAVE, sees=HOST),
    Call("closeWave", DESK["waves"], "waves:write", args=WAVE, sees=HOST),
    Call("cancelWave", DESK["waves"], "waves:write", args=WAVE, sees=HOST),
    Call("getToday", DESK["today"], "requests:decide", sees=HOST),
    Call("moveDemonstrationClock", DESK["today"], "requests:decide", sees=HOST, body={"days": 0}),
]  # fmt: skip
each_call = pytest.mark.parametrize("call", CALLS, ids=lambda call: call.label)
with_token = pytest.mark.parametrize("call", [call for call in CALLS if call.scope], ids=lambda call: call.label)


@pytest.fixture(scope="module")
def operations():
    return ways.operations()


def test_every_operation_has_a_row_and_every_row_an_operation(operations):
    rows = {call.name for call in CALLS}
    assert (set(operations) - rows, rows - set(operations)) == (set(), set())


def test_operations_without_a_token_say_why(operations):
    open_to_all = {name for name, (_, operation) in operations.items() if not _scopes(operation)}
    assert open_to_all <= {call.name for call in CALLS if call.reason}
    assert [call.name for call in CALLS if bool(call.reason) != (ANONYMOUS in call.may)] == []


def _scopes(operation: Any) -> set[str]:
    return {scope for guard in operation.auth_callbacks for scope in getattr(guard, "scopes", ())}


@each_call
def test_operation_is_open_to_those_who_may(call: Call, world: World, operations):
    found = {}
    for name in sorted(asked_of(call.may)):
        with transaction.atomic():
            found[name] = ways.kind_of(_ask(call, world, operations, world.tokens.get(name)))
            transaction.set_rollback(True)
    # Who tries a wrong passphrase is told so, and it is nobody's sign-in page.
    wrong = {"sign-in"} if call.name == "createToken" else set()
    assert {name: kind for name, kind in found.items() if kind not in ACTED | wrong} == {}


@with_token
def test_operation_is_refused_to_all_others_and_changes_nothing(call: Call, world: World, operations):
    before = fingerprint()
    found = {name: _ask(call, world, operations, world.tokens.get(name)) for name in sorted(EVERYBODY - call.may)}
    assert {name: ways.kind_of(answer) for name, answer in found.items()} == {
        name: _denial(call, name) for name in found
    }
    assert fingerprint() == before


def _denial(call: Call, name: str) -> str:
    if name == ANONYMOUS:
        return "sign-in"
    return "refused" if name in call.sees else "hidden"


@with_token
def test_token_without_the_scope_is_refused_whoever_holds_it(call: Call, world: World, operations):
    scopes = _scopes(operations[call.name][1])
    tokens = {name: world.narrow_token(name, scopes) for name in sorted(SIGNED_IN)}
    before = fingerprint()
    answers = {name: _ask(call, world, operations, token) for name, token in tokens.items()}
    codes = {name: (answer.status_code, answer.json()["code"]) for name, answer in answers.items()}
    assert codes == dict.fromkeys(codes, (403, "scope_missing"))
    assert call.scope in scopes
    assert fingerprint() == before


@with_token
def test_token_that_is_no_token_opens_nothing(call: Call, world: World, operations):
    assert {
        _ask(call, world, operations, secret).status_code for secret in ("", "x", "arc_x", world.revoked_token)
    } == {401}


@with_token
def test_session_is_no_token(call: Call, world: World, operations):
    """A page that makes a signed-in browser post to the API changes nothing: cookies do not open it."""
    browser = ways.client_of(world, "administrator")
    assert _ask(call, world, operations, None, browser).status_code == 401


@pytest.mark.parametrize(
    "call", [call for call in CALLS if call.scope and any(word.startswith("$") for word in call.args.values())], ids=lambda call: call.label
)  # fmt: skip
def test_what_is_another_organisations_does_not_exist(call: Call, world: World, operations):
    if all(world.shared_word(word) for word in call.args.values()):
        return
    before = fingerprint()
    people = ("member", "treasurer", "referent")
    answers = [_ask(call, world, operations, world.tokens[name], side="other") for name in people]
    never = _ask(call, world, operations, world.tokens["referent"], nowhere=True)
    assert {answer.status_code for answer in answers} == {404}
    assert {answer.content for answer in answers} == {never.content}
    assert fingerprint() == before


def _ask(
    call: Call, world: World, operations: Any, token: str | None, browser: Client | None = None, *, side: str = "own", nowhere: bool = False
):  # fmt: skip
    cache.clear()
    path, operation = operations[call.name]
    query = {}
    for key, word in call.args.items():
        value = "zzzzzzzzzzzzzz" if nowhere and word.startswith("$") else world.argument(word, side)
        if f"{{{key}}}" in path:
            path = path.replace(f"{{{key}}}", value)
        else:
            query[key] = value
    path += f"?{urlencode(query)}" if query else ""
    assert "{" not in path, f"{call.name}: an argument is missing in {path}"
    headers = {} if token is None else {"Authorization": f"Bearer {token}"}
    body, kind = _body(call, world, side)
    ask = getattr(browser or Client(), operation.methods[0].lower())
    more = {} if operation.methods[0] == "GET" else {"data": body, "content_type": kind}
    return ask(path, headers=headers, **more)


def _body(call: Call, world: World, side: str) -> tuple[bytes, str]:
    if call.body == "zip":
        return factories.zip_of().getvalue(), "application/zip"
    words = {
        key: world.argument(value, side) if isinstance(value, str) else value
        for key, value in (call.body or {}).items()
    }
    return json.dumps(words).encode(), "application/json"


def test_every_operation_says_what_it_does(operations):
    plain = {name for name, (_, operation) in operations.items() if not re.fullmatch(r"[a-z]+(?:[A-Z][a-z]+)*", name)}
    silent = {name for name, (_, operation) in operations.items() if not (operation.description or operation.summary)}
    assert (plain, silent) == (set(), set())
