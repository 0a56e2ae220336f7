# SPDX-License-Identifier: AGPL-3.0-or-later
"""Applications of others sign people in at a running house: authlib, and openid-client from npm."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.jose import JsonWebToken
from authlib.oidc.core import CodeIDToken
from bench.serving import Served, free_port
from joserfc.errors import JoseError

from tests.identity.live import Browser, House

pytestmark = pytest.mark.server
FOLDER = Path(__file__).parent / "relying_party"
BACK, BYE = "http://127.0.0.1:9/callback?from=archipel", "http://127.0.0.1:9/bye"
SCOPES = ["openid", "profile", "email", "offline_access"]


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    data = tmp_path_factory.mktemp("house") / "data"
    with Served(data, free_port(), ARCHIPEL_DATABASE="") as served:
        yield House(data, served)


@pytest.fixture(scope="module")
def configuration(house):
    return requests.get(f"{house.address}/.well-known/openid-configuration", timeout=10).json()


@pytest.fixture(scope="module")
def listening():
    made = Listening()
    yield made
    made.server.shutdown()


@pytest.fixture(scope="module")
def registered(house, listening):
    """All applications of these tests, by name."""
    leaving = {"scopes": SCOPES, "post_logout_redirect_uris": [BYE]}
    return house.register(BACK, {
        "Authlib": leaving,
        "Nuage": {"scopes": SCOPES, "backchannel_logout_uri": listening.address},
        "Forum": {"scopes": SCOPES, "asks_consent": True},
        "openid-client": leaving,
        "Autre": {"scopes": SCOPES},
        "Forum npm": {"scopes": SCOPES, "asks_consent": True},
    })  # fmt: skip


@pytest.fixture(scope="module")
def known(registered):
    return registered["Authlib"]


@pytest.fixture
def browser(house):
    made = Browser(house.address)
    assert made.sign_in().status == 302
    return made


class Application:
    """An application built with authlib."""

    def __init__(self, known, configuration):
        self.known, self.configuration = known, configuration
        self.session = OAuth2Session(
            known["id"], known["secret"], redirect_uri=known["redirect"], scope=" ".join(SCOPES), code_challenge_method="S256"
        )  # fmt: skip
        self.verifier = "v" * 64

    def ask(self, browser, **more):
        """Send the browser to the house; return what it came back with, and the state."""
        address, state = self.session.create_authorization_url(
            self.configuration["authorization_endpoint"], code_verifier=self.verifier, nonce="n-1", **more
        )
        return browser.ask(address), state

    def redeem(self, back, **more):
        values = {"code_verifier": self.verifier, "authorization_response": back.location} | more
        return self.session.fetch_token(self.configuration["token_endpoint"], **values)

    def claims(self, token, nonce="n-1", audience=""):
        """Read an ID token as the protocol wants, or raise."""
        keys = requests.get(self.configuration["jwks_uri"], timeout=10).json()
        wanted = {"iss": {"value": self.configuration["issuer"]}, "aud": {"value": audience or self.known["id"]}}
        claims = JsonWebToken(["RS256"]).decode(
            token, keys, claims_cls=CodeIDToken, claims_options=wanted, claims_params={"nonce": nonce}
        )
        claims.validate()
        return claims

    def userinfo(self, access):
        headers = {"Authorization": f"Bearer {access}"}
        return requests.get(self.configuration["userinfo_endpoint"], headers=headers, timeout=10)


@pytest.fixture
def application(known, configuration):
    return Application(known, configuration)


def test_authlib_enters_stays_and_leaves(application, browser, configuration):
    back, _state = application.ask(browser)
    token = application.redeem(back)
    claims = application.claims(token["id_token"])
    told = application.userinfo(token["access_token"]).json()
    renewed = application.session.refresh_token(configuration["token_endpoint"], token["refresh_token"])
    hint = {"id_token_hint": renewed["id_token"], "post_logout_redirect_uri": BYE, "state": "bye"}
    leaving = requests.Request("GET", configuration["end_session_endpoint"], params=hint).prepare()
    left = browser.ask(str(leaving.url))

    assert back.location.startswith(f"{BACK}&code=")
    assert (told["sub"], told["email"]) == (claims["sub"], "jeanne@cyclomaree.example")
    assert application.claims(renewed["id_token"], nonce=None)["sub"] == claims["sub"]
    assert (left.status, left.location) == (302, f"{BYE}?state=bye")
    assert application.userinfo(renewed["access_token"]).status_code == 401
    assert browser.ask("/home/").status == 302


def test_authlib_is_led_nowhere_else(application, browser):
    application.session.redirect_uri = "http://127.0.0.1:9/callback?from=elsewhere"

    back, _state = application.ask(browser)

    assert (back.status, back.location) == (400, "")


def test_authlib_replays_a_code_and_its_tokens_die(application, browser):
    back, _state = application.ask(browser)
    token = application.redeem(back)

    with pytest.raises(AuthlibBaseError) as caught:
        application.redeem(back)

    assert caught.value.error == "invalid_grant"
    assert application.userinfo(token["access_token"]).status_code == 401


def test_authlib_comes_too_late(application, browser, house):
    back, _state = application.ask(browser)
    house.python("answer = SignIn.objects.filter(redeemed_at=None).update(code_expires_at=clock.now())")

    with pytest.raises(AuthlibBaseError) as caught:
        application.redeem(back)

    assert caught.value.error == "invalid_grant"


def test_authlib_trusts_no_answer_to_another_question(application, browser):
    back, _state = application.ask(browser)

    with pytest.raises(AuthlibBaseError) as caught:
        application.redeem(back, state="another")

    assert "state" in str(caught.value).lower()


def test_authlib_trusts_no_token_of_another_kind(application, browser):
    back, _state = application.ask(browser)
    token = application.redeem(back)["id_token"]
    none = JsonWebToken(["none"]).encode({"alg": "none"}, {"sub": "x"}, None).decode()

    for act in (
        lambda: application.claims(token, nonce="another"),
        lambda: application.claims(token, audience="another"),
        lambda: application.claims(none),
        lambda: application.claims(f"{none.split('.')[0]}.{token.split('.')[1]}."),
    ):
        with pytest.raises((JoseError, AuthlibBaseError)):
            act()


def test_authlib_is_told_that_nobody_consented(registered, configuration, browser):
    application = Application(registered["Forum"], configuration)

    back, _state = application.ask(browser, prompt="none")

    assert parse_qs(urlsplit(back.location).query)["error"] == ["consent_required"]


def test_a_code_of_one_process_is_redeemed_at_another(application, browser, house):
    """Two web processes from the start: neither holds anything that the other lacks."""
    with house.second_process() as second:
        elsewhere = application.configuration["token_endpoint"].replace(house.address, second)
        back, _state = application.ask(browser)
        form = {
            "grant_type": "authorization_code", "code": parse_qs(urlsplit(back.location).query)["code"][0],
            "redirect_uri": BACK, "code_verifier": application.verifier,
        }  # fmt: skip
        secret = (application.known["id"], application.known["secret"])
        token = requests.post(elsewhere, form, auth=secret, timeout=10).json()
        again = requests.post(application.configuration["token_endpoint"], form, auth=secret, timeout=10)

    claims = application.claims(token["id_token"])
    assert (claims["iss"], again.json()["error"]) == (house.address, "invalid_grant")
    assert application.userinfo(token["access_token"]).status_code == 401


class Listening:
    """An application that listens to logout tokens."""

    def __init__(self):
        self.received = []
        told = self.received

        class Listener(BaseHTTPRequestHandler):
            def do_POST(self):
                told.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())["logout_token"][0])
                self.send_response(200)
                self.end_headers()

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
        self.address = f"http://127.0.0.1:{self.server.server_port}/backchannel"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def wait(self, seconds):
        began = time.monotonic()
        while not self.received and time.monotonic() - began < seconds:
            time.sleep(0.1)
        return time.monotonic() - began


def test_who_may_no_longer_enter_is_thrown_out_within_a_minute(house, registered, listening, configuration, browser):
    cloud = registered["Nuage"]
    application = Application(cloud, configuration)
    token = application.redeem(application.ask(browser)[0])
    entered = application.claims(token["id_token"])

    house.python(
        "operations.end_entry(client=Client.objects.get(name='Nuage'), person=person, through='test'); answer = 1"
    )
    waited = listening.wait(60)

    assert (len(listening.received), waited < 60) == (1, True)
    told = JsonWebToken(["RS256"]).decode(
        listening.received[0], requests.get(configuration["jwks_uri"], timeout=10).json()
    )
    assert (told["sub"], told["sid"], told["aud"]) == (entered["sub"], entered["sid"], cloud["id"])
    assert application.userinfo(token["access_token"]).status_code == 401
    assert application.ask(browser)[0].status == 403


def test_openid_client_of_npm_does_the_same(house, registered, tmp_path):
    if not (shutil.which("node") and shutil.which("npm")):
        pytest.skip("node or npm is not on this machine (Debian packages nodejs and npm)")
    folder = shutil.copytree(FOLDER, tmp_path / "relying_party", ignore=shutil.ignore_patterns("node_modules"))
    subprocess.run(["npm", "ci"], cwd=folder, check=True, timeout=180, capture_output=True)
    browser = Browser(house.address)
    browser.sign_in()
    given = {
        "issuer": house.address, "cookie": browser.cookie, "client": registered["openid-client"] | {"bye": BYE},
        "other": registered["Autre"], "asking": registered["Forum npm"],
    }  # fmt: skip
    subject = house.python("answer = person.public_id")

    done = subprocess.run(
        ["node", "check.mjs"], cwd=folder, input=json.dumps(given), capture_output=True, text=True, timeout=60
    )

    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    sentences = {name: seen.pop(name) for name in ("state", "nonce", "audience", "none")}
    assert seen == {
        "subject": subject,
        "userinfo": "jeanne@cyclomaree.example",
        "refreshed": subject,
        "introspected": True,
        "replayed": "invalid_grant",
        "died": "invalid_token",
        "redirect": [400, ""],
        "verifier": "invalid_grant",
        "silent": "consent_required",
        "left": [302, f"{BYE}?state=bye"],
        "out": "invalid_grant",
    }
    assert {name: words.split(",")[0] for name, words in sentences.items()} == {
        "state": "state mismatch",
        "nonce": "nonce mismatch",
        "audience": "aud mismatch",
        "none": "unexpected JWT alg received",
    }
