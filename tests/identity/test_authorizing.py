# SPDX-License-Identifier: AGPL-3.0-or-later
"""The authorisation endpoint: who gets a code, who is asked what, and where an answer goes."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine

from archipel.identity.models import SignIn
from archipel.kernel import clock
from tests import factories
from tests.identity import asking

pytestmark = pytest.mark.usefixtures("host")


def _sign_in(browser, person, page="/account/login/"):
    return browser.post(page, {"login": person.email, "password": factories.PASSPHRASE})


def test_the_answer_goes_back_with_code_state_and_issuer(inside, cloud):
    answer = asking.ask(inside, cloud[0])

    told = asking.answered(answer)
    assert answer["Location"].startswith(f"{asking.BACK}?code=")
    assert (set(told), told["state"], told["iss"]) == ({"code", "state", "iss"}, "s-1", "http://testserver")
    assert answer["Cache-Control"].count("no-store") == 1


def test_a_query_string_of_the_registered_address_is_kept_letter_by_letter(client, bob):
    address = "https://wiki.example/?do=login&x=a+b%20c"
    wiki, _secret = asking.registered("Wiki", redirect_uris=[address])
    asking.let_in(wiki, bob)
    client.force_login(bob)

    answer = asking.ask(client, wiki)

    assert answer["Location"].startswith(f"{address}&code=")


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://nuage.example/callback/"},
        {"redirect_uri": "https://nuage.example/callback?next=1"},
        {"redirect_uri": "https://nuage.example.evil.example/callback"},
        {"redirect_uri": "https://nuage.example@evil.example/callback"},
        {"redirect_uri": "//nuage.example/callback"},
        {"redirect_uri": "https://NUAGE.example/callback"},
        {"redirect_uri": None},
        {"client_id": "unknown"},
        {"client_id": None},
    ],
)
def test_nobody_is_led_to_an_address_that_is_not_registered(inside, cloud, changes):
    answer = asking.ask(inside, cloud[0], **changes)

    assert (answer.status_code, "Location" in answer) == (400, False)


def test_what_is_said_twice_leads_nowhere(inside, cloud):
    twice = asking.question(cloud[0]) | {"redirect_uri": [asking.BACK, "https://evil.example/"]}

    assert inside.get("/oidc/authorize", twice).status_code == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unauthorized_client"),
        ({"response_type": None}, "invalid_request"),
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"request": "eyJhbGciOiJub25lIn0.e30."}, "request_not_supported"),
        ({"request_uri": "https://nuage.example/request"}, "request_uri_not_supported"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"max_age": "soon"}, "invalid_request"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"nonce": "n" * 501}, "invalid_request"),
        ({"id_token_hint": "not.a.token"}, "invalid_request"),
        ({"claims": "{"}, "invalid_request"),
    ],
)
def test_what_cannot_be_done_is_told_to_the_application(inside, cloud, changes, error):
    told = asking.answered(asking.ask(inside, cloud[0], **changes))

    assert (told["error"], told["state"], SignIn.objects.count()) == (error, "s-1", 0)


def test_a_native_application_may_listen_on_any_port_of_its_machine(client, bob):
    phone, _secret = asking.registered("Bureau", kind="public", redirect_uris=["http://127.0.0.1/callback"])
    asking.let_in(phone, bob)
    client.force_login(bob)

    good = asking.ask(client, phone, redirect_uri="http://127.0.0.1:51234/callback")
    others = [
        asking.ask(client, phone, redirect_uri=address).status_code
        for address in ("http://127.0.0.1:51234/other", "http://localhost:51234/callback", "http://127.0.0.1@evil.example/callback")
    ]  # fmt: skip

    assert good["Location"].startswith("http://127.0.0.1:51234/callback?code=")
    assert others == [400, 400, 400]


def test_a_server_has_no_free_port(client, bob):
    cloud, _secret = asking.registered(redirect_uris=["http://127.0.0.1:9000/callback"])
    asking.let_in(cloud, bob)
    client.force_login(bob)

    assert asking.ask(client, cloud, redirect_uri="http://127.0.0.1:9001/callback").status_code == 400


def test_a_request_may_come_as_a_form(inside, cloud):
    answer = inside.post("/oidc/authorize", asking.question(cloud[0]))

    assert asking.answered(answer)["state"] == "s-1"


def test_who_is_not_signed_in_signs_in_first_and_goes_on(client, cloud, bob):
    asking.let_in(cloud[0], bob)

    page = asking.ask(client, cloud[0], login_hint=bob.email)
    signed_in = _sign_in(client, bob, page["Location"])
    answer = client.get(signed_in["Location"], HTTP_SEC_FETCH_SITE="cross-site")

    assert page["Location"].startswith("/account/login/?next=%2Foidc%2Fauthorize")
    assert set(asking.answered(answer)) == {"code", "state", "iss"}


def test_the_hint_is_typed_in_advance(client, cloud, bob):
    page = client.get(asking.ask(client, cloud[0], login_hint=bob.email)["Location"])

    assert f'value="{bob.email}"' in page.content.decode()


def test_a_browser_that_comes_from_our_form_gets_a_page_that_leads_on(inside, cloud):
    answer = inside.get("/oidc/authorize", asking.question(cloud[0]), HTTP_SEC_FETCH_SITE="same-origin")

    assert (answer.status_code, answer["Cache-Control"].count("no-store")) == (200, 1)
    assert f'http-equiv="refresh" content="0;url={asking.BACK}?code=' in answer.content.decode()


# prompt, max_age, id_token_hint


def test_silence_for_who_is_not_signed_in(client, cloud):
    assert asking.error_of(asking.ask(client, cloud[0], prompt="none")) == "login_required"


def test_silence_for_who_may_not_enter(client, cloud, charlie):
    client.force_login(charlie)

    assert asking.error_of(asking.ask(client, cloud[0], prompt="none")) == "access_denied"


def test_silence_gives_a_code_to_who_may_enter(inside, cloud):
    assert set(asking.answered(asking.ask(inside, cloud[0], prompt="none"))) == {"code", "state", "iss"}


def test_a_proof_is_wanted_again_when_the_application_says_so(client, cloud, bob):
    asking.let_in(cloud[0], bob)
    _sign_in(client, bob)

    page = asking.ask(client, cloud[0], prompt="login")
    # Going on without the proof leads to the same page.
    again = client.get(parse_qs(urlsplit(page["Location"]).query)["next"][0])
    with time_machine.travel(clock.now() + timedelta(seconds=5)):
        proved = client.post(page["Location"], {"password": factories.PASSPHRASE})
        answer = client.get(proved["Location"], HTTP_SEC_FETCH_SITE="cross-site")

    assert page["Location"].startswith("/account/reauthenticate/?next=")
    assert again["Location"].startswith("/account/reauthenticate/?next=")
    assert set(asking.answered(answer)) == {"code", "state", "iss"}


def test_a_proof_that_is_too_old_is_asked_again(client, cloud, bob):
    asking.let_in(cloud[0], bob)
    _sign_in(client, bob)

    with time_machine.travel(clock.now() + timedelta(seconds=100)):
        fresh = asking.ask(client, cloud[0], max_age="1000")
        old = asking.ask(client, cloud[0], max_age="50")
        silent = asking.ask(client, cloud[0], max_age="50", prompt="none")

    assert "code" in asking.answered(fresh)
    assert old["Location"].startswith("/account/reauthenticate/?next=")
    assert asking.error_of(silent) == "login_required"


def test_max_age_zero_ends_after_one_proof(client, cloud, bob):
    asking.let_in(cloud[0], bob)
    _sign_in(client, bob)

    page = asking.ask(client, cloud[0], max_age="0")
    with time_machine.travel(clock.now() + timedelta(seconds=5)):
        proved = client.post(page["Location"], {"password": factories.PASSPHRASE})
        answer = client.get(proved["Location"], HTTP_SEC_FETCH_SITE="cross-site")

    assert "code" in asking.answered(answer)


def test_a_mark_of_proof_cannot_be_made_up(inside, cloud):
    answer = asking.ask(inside, cloud[0], prompt="login", signed_in_since="made-up")

    assert answer["Location"].startswith("/account/reauthenticate/?next=")


def test_a_hint_about_somebody_else_is_refused(inside, cloud, alice):
    token = asking.tokens(inside, *cloud)["id_token"]
    asking.let_in(cloud[0], alice)
    own = asking.ask(inside, cloud[0], id_token_hint=token, prompt="none")
    inside.force_login(alice)

    others = asking.ask(inside, cloud[0], id_token_hint=token, prompt="none")

    assert ("code" in asking.answered(own), asking.error_of(others)) == (True, "login_required")


# Entry


def test_who_may_not_enter_reads_why_and_whom_to_ask(client, cloud, bob, alice, trois_ponts):
    client.force_login(bob)

    answer = asking.ask(client, cloud[0])

    page = answer.content.decode()
    assert (answer.status_code, SignIn.objects.count()) == (403, 0)
    assert ["Nuage" in page, "Alice Martin" in page, trois_ponts.name in page, "bonjour@lescale.example" in page] == [
        True
    ] * 4


def test_a_stranger_reads_how_to_be_invited(client, cloud, charlie):
    client.force_login(charlie)

    assert "inviter" in asking.ask(client, cloud[0]).content.decode()


def test_an_entry_elsewhere_opens_nothing_here(client, cloud, bob):
    other, _secret = asking.registered("Forum")
    asking.let_in(other, bob)
    client.force_login(bob)

    assert asking.ask(client, cloud[0]).status_code == 403


# Consent


@pytest.fixture
def outside(client, bob):
    """An application the host does not run; Bob may enter it and is signed in."""
    forum, secret = asking.registered("Forum", asks_consent=True, claims=["roles"])
    asking.let_in(forum, bob, roles=("member",))
    client.force_login(bob)
    return forum, secret


def _consent(browser, application, answer, **changes):
    page = asking.ask(browser, application, **changes)
    return page, browser.post("/oidc/consent", {"asked": page.context["asked"], "answer": answer})


def test_consent_is_asked_once(client, outside):
    page, allowed = _consent(client, outside[0], "allow")
    first = client.get(allowed["Location"], HTTP_SEC_FETCH_SITE="cross-site")
    second = asking.ask(client, outside[0])

    assert (page.status_code, "Forum" in page.content.decode()) == (200, True)
    assert ["code" in asking.answered(answer) for answer in (first, second)] == [True, True]


def test_silence_for_an_application_never_consented_to(client, outside):
    assert asking.error_of(asking.ask(client, outside[0], prompt="none")) == "consent_required"


def test_a_consent_to_one_application_is_none_to_another(client, outside, bob):
    other, _secret = asking.registered("Autre", asks_consent=True)
    asking.let_in(other, bob)
    _consent(client, outside[0], "allow")

    assert asking.error_of(asking.ask(client, other, prompt="none")) == "consent_required"


def test_more_than_was_allowed_is_asked_again(client, outside):
    _consent(client, outside[0], "allow", scope="openid")

    assert asking.error_of(asking.ask(client, outside[0], prompt="none")) == "consent_required"
    assert "code" in asking.answered(asking.ask(client, outside[0], prompt="none", scope="openid"))


def test_a_no_is_told_to_the_application(client, outside):
    _page, refused = _consent(client, outside[0], "refuse")

    assert (refused.status_code, SignIn.objects.count()) == (200, 0)
    assert f"{asking.BACK}?error=access_denied" in refused.content.decode()


def test_consent_is_asked_again_when_the_application_says_so(client, outside):
    _consent(client, outside[0], "allow")

    page, allowed = _consent(client, outside[0], "allow", prompt="consent")
    answer = client.get(allowed["Location"], HTTP_SEC_FETCH_SITE="cross-site")

    assert (page.status_code, "code" in asking.answered(answer)) == (200, True)


def test_an_application_of_the_host_asks_nothing(inside, cloud):
    assert "code" in asking.answered(asking.ask(inside, cloud[0]))
