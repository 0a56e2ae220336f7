# SPDX-License-Identifier: AGPL-3.0-or-later
"""The conformance checks of a basic provider, one by one: each must come out as ``conformance.py`` says.

Each is asked as the suite asks it: a client that sends no proof key (PKCE is required of ours, so that this one is
exempted), a person who signs in by the form when the page asks for it, and answers read by somebody who knows nothing
of our tables.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import time_machine
from django.test import Client as Browser

from archipel.identity import operations
from archipel.kernel import clock
from tests import factories
from tests.identity import asking
from tests.identity.conformance import ALL, BASIC, Outcome

SCOPES = ["openid", "profile", "email", "offline_access"]
STANDARD = {
    "profile": {
        "name", "family_name", "given_name", "middle_name", "nickname", "preferred_username", "profile", "picture",
        "website", "gender", "birthdate", "zoneinfo", "locale", "updated_at",
    },
    "email": {"email", "email_verified"},
    "address": {"address"},
    "phone": {"phone_number", "phone_number_verified"},
}  # fmt: skip
WITHOUT_PROOF = {"code_challenge": None, "code_challenge_method": None}
HERE = "http://testserver"
ASKED: dict[str, Callable[[Party], Outcome]] = {}


def asks(*names: str):
    """Say which modules a function stands for; it returns what the suite would make of what it saw."""

    def keep(function):
        ASKED.update(dict.fromkeys(names, function))
        return function

    return keep


class Party:
    """A relying party as the suite is one, with the browser of Bob, who is not signed in yet."""

    def __init__(self, bob):
        self.bob = bob
        self.client, self.secret = self.register("Certification")
        self.browser = Browser()
        self.configuration = self.browser.get("/.well-known/openid-configuration").json()

    def register(self, name, **more):
        client, secret = asking.registered(name, scopes=SCOPES, pkce_exemption="The suite sends none.", **more)
        asking.let_in(client, self.bob)
        return client, secret

    def ask(self, client=None, **changes):
        return asking.ask(self.browser, client or self.client, **(WITHOUT_PROOF | changes))

    def enter(self, client=None, **changes):
        """Ask, prove on our pages whatever they want proved, and return what the application is told."""
        answer = self.ask(client, **changes)
        if answer.status_code == 302 and answer["Location"].startswith("/account/"):
            answer = self.prove(answer["Location"])
        return asking.answered(answer)

    def prove(self, page):
        assert self.browser.get(page).status_code == 200
        proved = self.browser.post(page, {"login": self.bob.email, "password": factories.PASSPHRASE})
        return self.browser.get(proved["Location"], HTTP_SEC_FETCH_SITE="cross-site")

    def redeem(self, code, **changes):
        return asking.redeem(self.browser, self.client, self.secret, code, code_verifier=None, **changes)

    def tokens(self, **changes):
        answer = self.redeem(self.enter(**changes)["code"])
        assert answer.status_code == 200, answer.content
        return answer.json()

    def told(self, **changes):
        """The claims of a whole sign-in, as the suite reads them: its ID token checked, then userinfo."""
        given = self.tokens(**changes)
        claims = asking.claims_of(given["id_token"])
        told = asking.userinfo(self.browser, given["access_token"]).json()
        assert told["sub"] == claims["sub"] == self.bob.public_id
        return claims, told


@pytest.fixture
def party(host, bob):
    return Party(bob)


@pytest.mark.parametrize("check", ALL, ids=lambda check: check.name)
def test_check_of_the_suite_comes_out_as_listed(check, party):
    assert ASKED[check.name](party) is check.outcome


def test_the_list_is_whole():
    names = [check.name for check in ALL]
    assert sorted(ASKED) == sorted(set(names)) == sorted(names)
    assert [check.name for check in ALL if check.outcome is not Outcome.PASSED and not check.why] == []
    assert Counter(check.outcome.value for check in BASIC) == {"passed": 25, "review": 4, "warning": 3, "skipped": 3}


def _later(seconds):
    return time_machine.travel(clock.now() + timedelta(seconds=seconds))


def _bits(secret):
    """Shannon entropy of a secret's signs, as the suite estimates it."""
    counts = Counter(secret).values()
    return -sum(n * math.log2(n / len(secret)) for n in counts)


def _page(answer, code):
    """A page of ours says what is wrong, and leads nowhere."""
    assert (answer.status_code, "Location" in answer, code in answer.content.decode()) == (400, False, True)
    return Outcome.REVIEW


@asks("oidcc-server")
def server(party):
    answer = party.enter()
    token = party.redeem(answer["code"])
    given = token.json()
    claims = asking.claims_of(given["id_token"])

    assert (answer["state"], answer["iss"], _bits(answer["code"]) >= 96) == ("s-1", HERE, True)
    assert (token["Content-Type"], token["Cache-Control"], token["Pragma"]) == (
        "application/json",
        "no-store",
        "no-cache",
    )
    assert (given["token_type"], given["expires_in"], _bits(given["access_token"]) >= 96) == ("Bearer", 3600, True)
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (HERE, party.client.public_id, "n-1")
    assert claims["auth_time"] <= claims["iat"] <= clock.now().timestamp() < claims["exp"]
    assert claims["sub"].isascii() and len(claims["sub"]) <= 255
    return Outcome.PASSED


@asks("oidcc-response-type-missing")
def response_type_missing(party):
    told = party.enter(response_type=None)

    assert (told["error"], told["state"], "code" in told) == ("invalid_request", "s-1", False)
    return Outcome.PASSED


@asks("oidcc-userinfo-get")
def userinfo_get(party):
    return _userinfo(party, lambda access: asking.userinfo(party.browser, access))


@asks("oidcc-userinfo-post-header")
def userinfo_post_header(party):
    return _userinfo(party, lambda access: party.browser.post("/oidc/userinfo", HTTP_AUTHORIZATION=f"Bearer {access}"))


@asks("oidcc-userinfo-post-body")
def userinfo_post_body(party):
    return _userinfo(party, lambda access: asking.post(party.browser, "/oidc/userinfo", {"access_token": access}))


def _userinfo(party, read):
    answer = read(party.tokens()["access_token"])

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json()["sub"] == party.bob.public_id
    return Outcome.PASSED


@asks("oidcc-ensure-request-without-nonce-succeeds-for-code-flow")
def without_nonce(party):
    claims, _told = party.told(nonce=None)

    assert "nonce" not in claims
    return Outcome.PASSED


@asks("oidcc-scope-profile")
def scope_profile(party):
    return _scopes(party, "profile")


@asks("oidcc-scope-email")
def scope_email(party):
    return _scopes(party, "email")


@asks("oidcc-scope-address")
def scope_address(party):
    return _scopes(party, "address")


@asks("oidcc-scope-phone")
def scope_phone(party):
    return _scopes(party, "phone")


@asks("oidcc-scope-all")
def scope_all(party):
    return _scopes(party, *STANDARD)


def _scopes(party, *scopes):
    if not set(scopes) <= set(party.configuration["scopes_supported"]):
        # A scope that is not known is left out, and the rest is answered (OpenID Connect Core 1.0, 3.1.2.1).
        assert party.tokens(scope=" ".join(["openid", *scopes]))["scope"].split()[0] == "openid"
        return Outcome.SKIPPED
    claims, told = party.told(scope=" ".join(["openid", *scopes]))
    asked = {claim for scope in scopes for claim in STANDARD[scope]}
    others = {claim for known in STANDARD.values() for claim in known} - asked
    # What a scope asks for is told at userinfo, not in the ID token (5.4). The user name is the one thing that is
    # always told: an application that finds its accounts by it has nothing else to find them by.
    assert (set(told) & others, set(claims) & (asked | others) - {"preferred_username"}) == (set(), set())
    return Outcome.PASSED if asked <= set(told) else Outcome.WARNING


@asks("oidcc-alternate-happy-flow")
def another_order(party):
    question = asking.question(party.client, scope="email openid", **WITHOUT_PROOF)
    page = party.browser.get("/oidc/authorize", dict(reversed(question.items())), HTTP_SEC_FETCH_SITE="cross-site")
    given = party.redeem(asking.answered(party.prove(page["Location"]))["code"]).json()

    assert set(given["scope"].split()) == {"openid", "email"}
    assert asking.userinfo(party.browser, given["access_token"]).json()["email"] == party.bob.email
    return Outcome.PASSED


@asks("oidcc-display-page")
def display_page(party):
    return _taken(party, display="page")


@asks("oidcc-display-popup")
def display_popup(party):
    return _taken(party, display="popup")


@asks("oidcc-ui-locales")
def ui_locales(party):
    return _taken(party, ui_locales="se")


@asks("oidcc-claims-locales")
def claims_locales(party):
    return _taken(party, claims_locales="se")


@asks("oidcc-ensure-request-with-unknown-parameter-succeeds")
def unknown_parameter(party):
    return _taken(party, extra="foobar")


@asks("oidcc-ensure-request-with-valid-pkce-succeeds")
def valid_proof_key(party):
    told = party.enter(code_challenge=asking.CHALLENGE, code_challenge_method="S256")
    refused = party.redeem(told["code"])

    assert refused.status_code == 400  # a code asked for with a proof key is not given away without it
    again = party.enter(code_challenge=asking.CHALLENGE, code_challenge_method="S256")
    assert asking.redeem(party.browser, party.client, party.secret, again["code"]).status_code == 200
    return Outcome.PASSED


def _taken(party, **changes):
    """The request succeeds, whatever becomes of what it says besides."""
    party.told(**changes)
    return Outcome.PASSED


@asks("oidcc-prompt-login")
def prompt_login(party):
    before, _told = party.told()
    with _later(3):
        page = party.ask(prompt="login")
        assert page["Location"].startswith("/account/reauthenticate/")
        after = _claims(party, party.prove(page["Location"]))

    assert after["auth_time"] > before["auth_time"]
    return Outcome.REVIEW


@asks("oidcc-max-age-1")
def max_age_1(party):
    before, _told = party.told()
    with _later(3):
        page = party.ask(max_age="1")
        assert page["Location"].startswith("/account/reauthenticate/")
        after = _claims(party, party.prove(page["Location"]))

    assert after["auth_time"] > before["auth_time"]
    assert after["iat"] - after["auth_time"] <= 2
    return Outcome.REVIEW


@asks("oidcc-max-age-10000")
def max_age_10000(party):
    before, _told = party.told()
    with _later(3):
        after = _claims(party, party.ask(max_age="10000"))

    assert (after["auth_time"], after["sub"]) == (before["auth_time"], before["sub"])
    return Outcome.PASSED


@asks("oidcc-prompt-none-not-logged-in")
def silent_outside(party):
    told = party.enter(prompt="none")

    assert (told["error"], told["state"], "code" in told) == ("login_required", "s-1", False)
    return Outcome.PASSED


@asks("oidcc-prompt-none-logged-in")
def silent_inside(party):
    before, _told = party.told()
    after = _claims(party, party.ask(prompt="none"))

    assert (after["auth_time"], after["sub"]) == (before["auth_time"], before["sub"])
    return Outcome.PASSED


@asks("oidcc-id-token-hint")
def id_token_hint(party):
    hint = party.tokens()["id_token"]
    after = _claims(party, party.ask(prompt="none", id_token_hint=hint))

    assert after["sub"] == party.bob.public_id
    return Outcome.PASSED


def _claims(party, answer):
    return asking.claims_of(party.redeem(asking.answered(answer)["code"]).json()["id_token"])


@asks("oidcc-login-hint")
def login_hint(party):
    page = party.browser.get(party.ask(login_hint="buffy@localhost")["Location"])
    assert 'value="buffy@localhost"' in page.content.decode()

    return _taken(party, login_hint="buffy@localhost")


@asks("oidcc-ensure-request-with-acr-values-succeeds")
def acr_values(party):
    claims, _told = party.told(acr_values="1 2")

    return Outcome.PASSED if claims.get("acr") in ("1", "2") else Outcome.WARNING


@asks("oidcc-claims-essential")
def claims_essential(party):
    _claims, told = party.told(scope="openid", claims='{"userinfo": {"name": {"essential": true}}}')

    assert party.configuration["claims_parameter_supported"] is False
    return Outcome.PASSED if "name" in told else Outcome.WARNING


@asks("oidcc-codereuse")
def code_reuse(party):
    return _reuse(party, 0)


@asks("oidcc-codereuse-30seconds")
def code_reuse_later(party):
    return _reuse(party, 30)


def _reuse(party, seconds):
    code = party.enter()["code"]
    access = party.redeem(code).json()["access_token"]
    with _later(seconds):
        again = party.redeem(code)
        after = asking.userinfo(party.browser, access).status_code

    assert asking.error_of(again) == "invalid_grant"
    return Outcome.PASSED if after == 401 else Outcome.WARNING


@asks("oidcc-ensure-registered-redirect-uri")
def unregistered(party):
    return _page(party.ask(redirect_uri=f"{asking.BACK}/abc"), "invalid_request")


@asks("oidcc-ensure-redirect-uri-in-authorization-request")
def no_redirect_uri(party):
    return _page(party.ask(redirect_uri=None), "invalid_request")


@asks("oidcc-ensure-post-request-succeeds")
def by_post(party):
    form = asking.question(party.client, **WITHOUT_PROOF)
    page = party.browser.post("/oidc/authorize", form, HTTP_SEC_FETCH_SITE="cross-site")

    assert _claims(party, party.prove(page["Location"]))["nonce"] == "n-1"
    return Outcome.PASSED


@asks("oidcc-server-client-secret-post")
def secret_in_form(party):
    form = {
        "grant_type": "authorization_code", "code": party.enter()["code"], "redirect_uri": asking.BACK,
        "client_id": party.client.public_id, "client_secret": party.secret,
    }  # fmt: skip

    assert asking.post(party.browser, "/oidc/token", form).status_code == 200
    assert "client_secret_post" in party.configuration["token_endpoint_auth_methods_supported"]
    return Outcome.PASSED


REQUEST_OBJECT = "eyJhbGciOiJub25lIn0.eyJyZXNwb25zZV90eXBlIjoiY29kZSJ9."


@asks("oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported")
def request_object(party):
    told = party.enter(request=REQUEST_OBJECT)

    assert (told["error"], told["state"]) == ("request_not_supported", "s-1")
    return Outcome.PASSED


@asks("oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported")
def request_uri(party):
    told = party.enter(request_uri="https://nuage.example/request")

    assert (told["error"], told["state"]) == ("request_uri_not_supported", "s-1")
    return Outcome.PASSED


@asks("oidcc-ensure-request-object-with-redirect-uri")
def request_object_with_redirect_uri(party):
    """The good address is in the request object only, which is not read: the bad one beside it must lead nowhere."""
    return _page(party.ask(request=REQUEST_OBJECT, redirect_uri=f"{asking.BACK}/abc"), "invalid_request")


@asks("oidcc-refresh-token")
def refresh_token(party):
    other, secret = party.register("Second")
    given = party.tokens(scope="openid offline_access")
    stolen = asking.refresh(party.browser, other, secret, given["refresh_token"])
    renewed = asking.refresh(party.browser, party.client, party.secret, given["refresh_token"]).json()
    before, after = asking.claims_of(given["id_token"]), asking.claims_of(renewed["id_token"])

    assert asking.error_of(stolen) == "invalid_grant"
    assert [after[name] for name in ("iss", "sub", "aud", "auth_time")] == [
        before[name] for name in ("iss", "sub", "aud", "auth_time")
    ]
    assert renewed["access_token"] != given["access_token"]
    assert asking.userinfo(party.browser, renewed["access_token"]).status_code == 200
    return Outcome.PASSED


@asks("oidcc-discovery-endpoint-verification")
def discovery(party):
    answer = party.browser.get("/.well-known/openid-configuration")
    told = answer.json()
    keys = party.browser.get(urlsplit(told["jwks_uri"]).path).json()["keys"]

    assert (answer["Content-Type"], told["issuer"]) == ("application/json", HERE)
    # Whole addresses below the issuer: https as soon as the portal's own address is.
    assert [name for name in told if name.endswith("_endpoint") and not told[name].startswith(f"{HERE}/")] == []
    assert told["jwks_uri"].startswith(f"{HERE}/") and "userinfo_endpoint" in told
    assert told["response_types_supported"] == ["code"] and "RS256" in told["id_token_signing_alg_values_supported"]
    assert {"public", "pairwise"} == set(told["subject_types_supported"]) and "openid" in told["scopes_supported"]
    assert {"sub", "iss", "auth_time", "name", "email"} <= set(told["claims_supported"])
    assert [set(key) - {"kty", "use", "alg", "kid", "n", "e", "key_ops"} for key in keys] == [set()] * len(keys)
    assert keys and all("=" not in key["n"] for key in keys)
    return Outcome.PASSED


@asks("oidcc-idtoken-signature")
def signature(party):
    head, body, signed = party.tokens()["id_token"].split(".")
    forged = ".".join([head, body, signed[:-6] + ("A" * 6 if signed[-6:] != "A" * 6 else "B" * 6)])

    assert asking.claims_of(f"{head}.{body}.{signed}")["sub"] == party.bob.public_id
    with pytest.raises(asking.jwt.InvalidSignatureError):
        asking.claims_of(forged)
    return Outcome.PASSED


@asks("oidcc-redirect-uri-query-OK")
def query_kept(party):
    client, _secret = party.register("Query", redirect_uris=[f"{asking.BACK}?foo=bar"])
    party.enter()
    answer = party.ask(client)

    assert {"foo", "code", "state", "iss"} == set(parse_qs(urlsplit(answer["Location"]).query))
    return Outcome.PASSED


@asks("oidcc-redirect-uri-query-mismatch")
def query_changed(party):
    client, _secret = party.register("Query", redirect_uris=[f"{asking.BACK}?foo=bar"])

    return _page(party.ask(client, redirect_uri=f"{asking.BACK}?foo=baz"), "invalid_request")


@asks("oidcc-redirect-uri-query-added")
def query_added(party):
    return _page(party.ask(redirect_uri=f"{asking.BACK}?{urlencode({'foo': 'bar'})}"), "invalid_request")


@asks("oidcc-redirect-uri-regfrag")
def fragment_registered(party):
    with pytest.raises(operations.InvalidApplicationAddress):
        party.register("Fragment", redirect_uris=[f"{asking.BACK}#foobar"])
    return Outcome.PASSED


@asks("oidcc-server-rotate-keys")
def keys_rotated(party):
    before = party.tokens()["id_token"]
    operations.rotate_signing_key()
    with _later(25 * 3600):
        after = party.tokens()["id_token"]
        published = [key["kid"] for key in party.browser.get("/oidc/keys").json()["keys"]]
        assert asking.claims_of(after)["sub"] == party.bob.public_id

    heads = [asking.jwt.get_unverified_header(token)["kid"] for token in (before, after)]
    # The former key stays published beside the one that signs now: nobody is interrupted.
    assert (len(set(heads)), set(published)) == (2, set(heads))
    return Outcome.PASSED


@asks("oidcc-userinfo-rs256")
def userinfo_signed(party):
    return Outcome.PASSED if "userinfo_signing_alg_values_supported" in party.configuration else Outcome.SKIPPED
