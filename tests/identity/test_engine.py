# SPDX-License-Identifier: AGPL-3.0-or-later
"""The token endpoint and its sisters: what an application gets for a code, a refresh token, its own secret."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from archipel.identity import operations
from archipel.identity.models import IssuedToken, SignIn
from archipel.kernel import clock
from tests.identity import asking

pytestmark = pytest.mark.usefixtures("host")


def _later(**span):
    return time_machine.travel(clock.now() + timedelta(**span))


def test_bob_enters_an_application_and_it_knows_him(inside, cloud, bob):
    given = asking.tokens(inside, *cloud)

    told = asking.userinfo(inside, given["access_token"]).json()
    assert told == {
        "sub": bob.public_id, "name": "Bob Leroy", "locale": "fr", "preferred_username": bob.public_id,
        "email": "bob@trois-ponts.example", "email_verified": True
    }  # fmt: skip
    assert set(given) == {"access_token", "expires_in", "token_type", "scope", "refresh_token", "id_token"}


def test_scopes_decide_what_is_told(inside, cloud, bob):
    given = asking.tokens(inside, *cloud, scope="openid")

    assert asking.userinfo(inside, given["access_token"]).json() == {"sub": bob.public_id}
    assert (given["scope"], "refresh_token" in given) == ("openid", False)


def test_what_is_stored_opens_nothing(inside, cloud):
    given = asking.tokens(inside, *cloud)

    stored = {
        *IssuedToken.objects.values_list("digest", flat=True),
        *SignIn.objects.values_list("code_digest", flat=True),
    }
    assert stored & {given["access_token"], given["refresh_token"]} == set()
    assert {len(word) for word in stored} == {64}


def test_a_replayed_code_ends_its_tokens(inside, cloud):
    code = asking.code_for(inside, cloud[0])
    given = asking.redeem(inside, *cloud, code).json()

    again = asking.redeem(inside, *cloud, code)

    assert (again.status_code, asking.error_of(again)) == (400, "invalid_grant")
    assert asking.userinfo(inside, given["access_token"]).status_code == 401
    assert asking.error_of(asking.refresh(inside, *cloud, given["refresh_token"])) == "invalid_grant"


def test_an_expired_code_works_no_more(inside, cloud):
    code = asking.code_for(inside, cloud[0])

    with _later(seconds=61):
        answer = asking.redeem(inside, *cloud, code)

    assert (asking.error_of(answer), IssuedToken.objects.count()) == ("invalid_grant", 0)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_verifier": "x" * 50}, "invalid_grant"),
        ({"code_verifier": None}, "invalid_request"),
        ({"redirect_uri": f"{asking.BACK}/"}, "invalid_grant"),
        ({"redirect_uri": None}, "invalid_request"),
        ({"code": "unknown"}, "invalid_grant"),
        ({"grant_type": "password"}, "unsupported_grant_type"),
        ({"client_id": "somebody-else"}, "invalid_client"),
    ],
)
def test_an_exchange_that_does_not_fit_gives_nothing(inside, cloud, changes, error):
    code = asking.code_for(inside, cloud[0])

    answer = asking.redeem(inside, *cloud, code, **changes)

    assert (asking.error_of(answer), IssuedToken.objects.count()) == (error, 0)


def test_a_wrong_secret_is_told_as_the_protocol_says(inside, cloud):
    code = asking.code_for(inside, cloud[0])

    answer = asking.redeem(inside, cloud[0], "wrong", code)

    assert (answer.status_code, asking.error_of(answer)) == (401, "invalid_client")
    assert answer["Cache-Control"] == "no-store"


def test_the_secret_may_come_in_the_form(inside, cloud):
    application, secret = cloud
    code = asking.code_for(inside, application)
    form = {
        "grant_type": "authorization_code", "code": code, "redirect_uri": asking.BACK, "code_verifier": asking.VERIFIER,
        "client_id": application.public_id, "client_secret": secret,
    }  # fmt: skip

    assert asking.post(inside, "/oidc/token", form).status_code == 200


def test_a_public_application_enters_by_its_proof_key_alone(client, bob):
    phone, secret = asking.registered("Téléphone", kind="public")
    asking.let_in(phone, bob)
    client.force_login(bob)
    form = {
        "grant_type": "authorization_code", "code": asking.code_for(client, phone), "redirect_uri": asking.BACK,
        "client_id": phone.public_id, "code_verifier": asking.VERIFIER,
    }  # fmt: skip

    answer = asking.post(client, "/oidc/token", form)

    assert (secret, answer.status_code) == ("", 200)


def test_a_confidential_application_is_not_let_in_without_its_secret(inside, cloud):
    code = asking.code_for(inside, cloud[0])
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": asking.BACK,
        "code_verifier": asking.VERIFIER,
    }

    answer = asking.post(inside, "/oidc/token", form | {"client_id": cloud[0].public_id})

    assert asking.error_of(answer) == "invalid_client"


def test_an_exempted_application_does_without_a_proof_key(client, bob):
    paheko, secret = asking.registered("Paheko", pkce_exemption="Cette version n’en envoie pas.")
    asking.let_in(paheko, bob)
    client.force_login(bob)

    code = asking.code_for(client, paheko, code_challenge=None, code_challenge_method=None)

    assert asking.redeem(client, paheko, secret, code, code_verifier=None).status_code == 200


def test_attack_a_proof_key_taken_out_on_the_way_is_noticed_at_the_exchange(client, bob):
    """The application, exempted or not, has sent a challenge and brings its verifier (RFC 9700, section 4.8.2)."""
    paheko, secret = asking.registered("Paheko", pkce_exemption="Certaines versions n’en envoient pas.")
    asking.let_in(paheko, bob)
    client.force_login(bob)

    code = asking.code_for(client, paheko, code_challenge=None, code_challenge_method=None)
    answer = asking.redeem(client, paheko, secret, code)

    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_a_refresh_token_is_renewed_each_time(inside, cloud):
    first = asking.tokens(inside, *cloud)

    second = asking.refresh(inside, *cloud, first["refresh_token"]).json()
    third = asking.refresh(inside, *cloud, second["refresh_token"])

    assert third.status_code == 200
    assert len({first["refresh_token"], second["refresh_token"], third.json()["refresh_token"]}) == 3
    before, after = asking.claims_of(first["id_token"]), asking.claims_of(third.json()["id_token"])
    assert [after[name] for name in ("sub", "sid", "auth_time", "aud", "iss")] == [
        before[name] for name in ("sub", "sid", "auth_time", "aud", "iss")
    ]
    assert "nonce" not in after


def test_a_refresh_token_that_comes_again_ends_the_sign_in(inside, cloud):
    first = asking.tokens(inside, *cloud)
    second = asking.refresh(inside, *cloud, first["refresh_token"]).json()

    stolen = asking.refresh(inside, *cloud, first["refresh_token"])

    assert asking.error_of(stolen) == "invalid_grant"
    assert asking.error_of(asking.refresh(inside, *cloud, second["refresh_token"])) == "invalid_grant"
    assert asking.userinfo(inside, second["access_token"]).status_code == 401
    assert list(SignIn.objects.values_list("end_reason", flat=True)) == ["reuse"]


def test_a_refresh_may_ask_for_less_but_not_for_more(inside, cloud):
    given = asking.tokens(inside, *cloud, scope="openid email offline_access")

    more = asking.refresh(inside, *cloud, given["refresh_token"], scope="openid profile")
    less = asking.refresh(inside, *cloud, given["refresh_token"], scope="openid")

    assert (asking.error_of(more), less.json()["scope"]) == ("invalid_scope", "openid")
    assert set(asking.userinfo(inside, less.json()["access_token"]).json()) == {"sub"}


def test_a_refresh_token_rests_after_thirty_days(inside, cloud):
    given = asking.tokens(inside, *cloud)

    with _later(days=31):
        answer = asking.refresh(inside, *cloud, given["refresh_token"])

    assert asking.error_of(answer) == "invalid_grant"


def test_an_access_token_lives_an_hour(inside, cloud):
    given = asking.tokens(inside, *cloud)

    with _later(minutes=61):
        answer = asking.userinfo(inside, given["access_token"])

    assert (given["expires_in"], answer.status_code) == (3600, 401)
    assert answer["WWW-Authenticate"] == 'Bearer error="invalid_token"'


def test_a_refresh_token_reads_nobody(inside, cloud):
    given = asking.tokens(inside, *cloud)

    assert asking.userinfo(inside, given["refresh_token"]).status_code == 401


def test_an_application_signs_in_itself_where_the_host_allows_it(client, cloud):
    robot, secret = asking.registered("Robot", signs_in_itself=True, scopes=["openid", "launcher"])
    form = {"grant_type": "client_credentials", "scope": "launcher"}

    given = asking.post(client, "/oidc/token", form, **asking.basic(robot, secret))
    refused = asking.post(client, "/oidc/token", form, **asking.basic(*cloud))

    assert (given.json()["scope"], asking.error_of(refused)) == ("launcher", "unauthorized_client")
    assert asking.introspected(client, robot, secret, given.json()["access_token"])["active"] is True
    assert asking.userinfo(client, given.json()["access_token"]).status_code == 401


def test_introspection_tells_an_application_of_its_own_tokens(inside, cloud, bob):
    given = asking.tokens(inside, *cloud)

    told = asking.introspected(inside, *cloud, given["access_token"])

    assert (told["active"], told["sub"], told["scope"]) == (True, bob.public_id, "openid profile email offline_access")
    assert asking.introspected(inside, *cloud, "unknown") == {"active": False}


def test_revoking_a_refresh_token_ends_the_sign_in(inside, cloud):
    given = asking.tokens(inside, *cloud)

    answers = [
        asking.post(inside, "/oidc/revoke", {"token": token}, **asking.basic(*cloud)).status_code
        for token in (given["refresh_token"], given["refresh_token"], "unknown")
    ]

    assert (answers, asking.userinfo(inside, given["access_token"]).status_code) == ([200, 200, 200], 401)


def test_revoking_an_access_token_leaves_the_sign_in(inside, cloud):
    given = asking.tokens(inside, *cloud)

    asking.post(inside, "/oidc/revoke", {"token": given["access_token"]}, **asking.basic(*cloud))

    assert asking.userinfo(inside, given["access_token"]).status_code == 401
    assert asking.refresh(inside, *cloud, given["refresh_token"]).status_code == 200


def test_a_closed_application_gets_nothing_more(inside, cloud, staff):
    given = asking.tokens(inside, *cloud)

    operations.close_client(client=cloud[0], by=staff)

    assert asking.userinfo(inside, given["access_token"]).status_code == 401
    assert asking.error_of(asking.refresh(inside, *cloud, given["refresh_token"])) == "invalid_client"
    assert asking.ask(inside, cloud[0]).status_code == 400
