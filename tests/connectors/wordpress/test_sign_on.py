# SPDX-License-Identifier: AGPL-3.0-or-later
"""Our must-use plugin, attacked: a real WordPress in containers in front of an issuer that lies when it is told to."""

from __future__ import annotations

import base64
import json
import time
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
import requests

from tests.connectors.wordpress.issuer import Person, a_key
from tests.connectors.wordpress.sites import ALICE, CLIENT_ID, ISSUER, close_site, connector_on, open_site, spec
from tests.connectors.wordpress.visiting import Visitor, words

pytestmark = pytest.mark.server

ADDRESS = "trois-ponts.sites.example"
INVALID = "Cette connexion n’a pas pu être vérifiée"
EXPIRED = "Cette connexion a pris trop de temps"


@dataclass(frozen=True)
class In:
    """An instant so many seconds from when the test runs: its name is the same in every process."""

    seconds: int

    def __str__(self) -> str:
        return f"in {self.seconds} s"


def at_last(claims):
    return {name: int(time.time()) + one.seconds if isinstance(one, In) else one for name, one in claims.items()}


@pytest.fixture(scope="module")
def site(real_engine, issuer):
    """Give the connector of an opened WordPress that knows Alice."""
    connector = connector_on(real_engine)
    open_site(connector, spec("signon", ADDRESS))
    connector.set_people("signon", [ALICE])
    yield connector
    close_site(connector, "signon")


@pytest.fixture
def visitor(site, machine, issuer):
    issuer.honest()
    issuer.person = Person("sub-alice")
    at = site.upstreams("signon")[0].host
    return Visitor(machine.namespace, at, ADDRESS, issuer)


def accounts(site) -> dict[str, dict]:
    return {one["sub"]: one for one in site._inside("signon").ask("users")}


class TestSigningIn:
    def test_leads_to_the_issuer_with_a_proof_key_and_back_to_what_was_asked(self, visitor, issuer):
        asked = visitor.begin("/wp-login.php?redirect_to=https%3A%2F%2Ftrois-ponts.sites.example%2Fwp-admin%2Fedit.php")
        assert {key: asked[key] for key in ("response_type", "client_id", "redirect_uri", "scope", "code_challenge_method")} == {
            "response_type": "code", "client_id": CLIENT_ID, "redirect_uri": f"https://{ADDRESS}/archipel/signed-in",
            "scope": "openid profile email", "code_challenge_method": "S256",
        }  # fmt: skip
        answer = visitor.ask(issuer.authorize(asked))
        assert (answer.status_code, answer.headers["Location"]) == (302, f"https://{ADDRESS}/wp-admin/edit.php")
        assert visitor.is_in()

    def test_binds_the_attempt_to_the_browser_by_a_cookie_no_script_reads(self, visitor):
        cookies = visitor.ask("/archipel/sign-in").headers["Set-Cookie"]
        assert cookies.startswith("__Host-archipel_in_")
        flags = {part.strip().lower() for part in cookies.split(";")[1:]}
        assert {"path=/", "secure", "httponly", "samesite=lax"} <= flags

    def test_finds_the_account_by_subject_and_follows_name_address_and_role(self, visitor, issuer, site):
        before = accounts(site)["sub-alice"]["login"]
        issuer.person = Person("sub-alice", "Alice Durand", "a.durand@trois-ponts.example", ["editor"])
        visitor.sign_in()
        found = accounts(site)["sub-alice"]
        told = (found["login"], found["name"], found["email"], found["role"])
        assert told == (before, "Alice Durand", "a.durand@trois-ponts.example", "editor")

    def test_makes_the_account_of_whom_the_issuer_lets_in(self, visitor, issuer, site):
        issuer.person = Person("sub-new", "Noé Nouveau", "noe@trois-ponts.example", ["author"])
        visitor.sign_in()
        assert visitor.is_in()
        assert accounts(site)["sub-new"]["role"] == "author"

    def test_never_takes_an_account_by_its_mail_address(self, visitor, issuer, site):
        issuer.person = Person("sub-alice")
        visitor.sign_in()
        thief = Visitor(visitor.namespace, visitor.at, ADDRESS, issuer)
        issuer.person = Person("sub-thief", "Thief", "alice@trois-ponts.example", ["subscriber"])
        thief.sign_in()
        found = accounts(site)
        assert (found["sub-alice"]["email"], found["sub-alice"]["role"]) == (
            "alice@trois-ponts.example",
            "administrator",
        )
        assert (found["sub-thief"]["email"], found["sub-thief"]["role"]) == ("", "subscriber")

    def test_believes_no_address_that_was_not_confirmed(self, visitor, issuer, site):
        issuer.person = Person("sub-unsure", "Unsure", "unsure@trois-ponts.example", ["author"], email_verified=False)
        visitor.sign_in()
        assert accounts(site)["sub-unsure"]["email"] == ""

    @pytest.mark.parametrize("roles", [None, [], ["referent"], ["Administrator"], "superuser", [["administrator"]]])
    def test_turns_away_whoever_has_no_role_it_knows_politely(self, visitor, issuer, roles):
        issuer.person = Person("sub-charlie", "Charlie Petit", "charlie@elsewhere.example", roles)
        answer = visitor.sign_in()
        assert answer.status_code == 403
        assert "Vous n’avez pas de rôle sur ce site" in words(answer)
        assert not visitor.is_in()

    def test_takes_role_and_sessions_from_whom_the_issuer_tells_none(self, visitor, issuer, site):
        issuer.person = Person("sub-leaving", "Lea", "lea@trois-ponts.example", ["editor"])
        visitor.sign_in()
        other = Visitor(visitor.namespace, visitor.at, ADDRESS, issuer)
        issuer.person.roles = []
        other.sign_in()
        assert accounts(site)["sub-leaving"]["role"] == ""
        assert not visitor.is_in()

    def test_says_who_does_not_answer_when_the_issuer_is_silent(self, visitor, issuer, site):
        asked = visitor.begin()
        address = issuer.authorize(asked)
        issuer.silent = True
        answer = visitor.ask(address)
        assert answer.status_code in (302, 502)  # its keys may be known already; userinfo is not
        assert answer.status_code == 502 and "ne répond pas" in words(answer)

    def test_stays_outside_when_the_person_says_no(self, visitor, issuer):
        asked = visitor.begin()
        issuer.answer = {"code": None, "error": "access_denied"}
        answer = visitor.ask(issuer.authorize(asked))
        assert (answer.status_code, "Vous n’êtes pas connecté·e" in words(answer)) == (403, True)
        assert not visitor.is_in()


def altered(token: str, **changed) -> str:
    """Return the token with other claims and the former signature."""
    header, body, signature = token.split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "==")) | changed
    return ".".join([header, base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("="), signature])


def none_alg(claims) -> str:
    return jwt.encode(claims, None, algorithm="none", headers={"kid": "one"})


class TestLies:
    """Each of these is one check of OpenID Connect Core 1.0, 3.1.3.7; nobody is signed in, and the page says so."""

    def refused(self, visitor) -> None:
        answer = visitor.sign_in()
        assert (answer.status_code, INVALID in words(answer)) == (400, True), words(answer)
        assert not visitor.is_in()

    @pytest.mark.parametrize(
        "claims",
        [
            {"iss": "https://other.example"},
            {"iss": None},
            {"aud": "another-application"},
            {"aud": [CLIENT_ID, "another-application"]},
            {"aud": None},
            {"azp": "another-application"},
            {"exp": In(-300)},
            {"exp": None},
            {"exp": "tomorrow"},
            {"nbf": In(3600)},
            {"iat": In(3600)},
            {"iat": None},
            {"nonce": "another"},
            {"nonce": None},
            {"sub": None},
            {"sub": ""},
            {"sub": 7},
            {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
        ],
        ids=lambda claims: "-".join(f"{key}={str(value)[:12]}" for key, value in claims.items()),
    )
    def test_a_claim_that_is_not_right(self, visitor, issuer, claims):
        claims = at_last(claims)
        issuer.claims = claims
        self.refused(visitor)

    def test_a_claim_within_the_difference_of_two_clocks_is_right(self, visitor, issuer):
        now = int(time.time())
        issuer.claims = {"iat": now + 20, "nbf": now + 20, "exp": now - 20}
        visitor.sign_in()
        assert visitor.is_in()

    @pytest.mark.parametrize(
        "signer",
        [
            none_alg,
            lambda claims: none_alg(claims).rstrip("."),
            lambda claims: jwt.encode(claims, "a" * 64, "HS256", headers={"kid": "one"}),
            lambda claims: jwt.encode(claims, a_key(), "RS256", headers={"kid": "one"}),
            lambda claims: jwt.encode(claims, a_key(), "RS512", headers={"kid": "one"}),
            lambda claims: jwt.encode(claims, a_key(), "RS256", headers={"kid": "never-published"}),
            lambda claims: jwt.encode(claims, a_key(), "RS256"),
            lambda claims: "not.a.token",
            lambda claims: "",
            lambda claims: "a" * 20000,
        ],
        ids=["none", "none-cut", "hs256", "other-key", "rs512", "unknown-kid", "no-kid", "garbage", "empty", "huge"],
    )
    def test_a_signature_that_is_not_the_issuers(self, visitor, issuer, signer):
        issuer.signer = signer
        self.refused(visitor)

    def test_the_public_key_as_a_shared_secret(self, visitor, issuer):
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        public = issuer.keys["one"].public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        head, body = ({"alg": "HS256", "kid": "one", "typ": "JWT"}, None)

        def signer(claims):
            import hashlib
            import hmac

            signed = ".".join(
                base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in (head, claims)
            )
            mac = hmac.new(public, signed.encode(), hashlib.sha256).digest()
            return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"

        assert body is None
        issuer.signer = signer
        self.refused(visitor)

    def test_claims_changed_under_a_right_signature(self, visitor, issuer):
        def signer(claims):
            right = jwt.encode(claims, issuer.keys["one"], "RS256", headers={"kid": "one"})
            return altered(right, sub="sub-bob")

        issuer.signer = signer
        self.refused(visitor)

    def test_userinfo_of_somebody_else(self, visitor, issuer):
        issuer.userinfo = {"sub": "sub-bob"}
        self.refused(visitor)

    @pytest.mark.parametrize("named", ["https://other.example", None])
    def test_an_answer_of_another_issuer(self, visitor, issuer, named):
        issuer.answer = {"iss": named}
        self.refused(visitor)

    def test_a_code_nobody_gave(self, visitor, issuer):
        issuer.answer = {"code": "invented"}
        self.refused(visitor)


class TestAttempts:
    def expired(self, answer: requests.Response) -> bool:
        return answer.status_code == 400 and EXPIRED in words(answer)

    def test_an_answer_without_the_cookie_of_its_attempt(self, visitor, issuer):
        address = issuer.authorize(visitor.begin())
        other = Visitor(visitor.namespace, visitor.at, ADDRESS, issuer)
        assert self.expired(other.ask(address))
        assert not other.is_in()

    def test_an_answer_with_another_state(self, visitor, issuer):
        visitor.begin()
        issuer.answer = {"state": "A" * 43}
        assert self.expired(visitor.ask(issuer.authorize(issuer.asked[-1] if issuer.asked else visitor.begin())))
        assert not visitor.is_in()

    def test_a_state_of_one_attempt_with_the_cookie_of_another(self, visitor, issuer):
        first, second = visitor.begin(), visitor.begin()
        name = next(cookie for cookie in visitor.session.cookies if cookie.name.endswith(_letters(first["state"])))
        kept = next(cookie for cookie in visitor.session.cookies if cookie.name.endswith(_letters(second["state"])))
        kept.value = name.value
        assert self.expired(visitor.ask(issuer.authorize(second)))

    def test_a_cookie_that_was_altered(self, visitor, issuer):
        asked = visitor.begin()
        for cookie in visitor.session.cookies:
            kept, signature = cookie.value.split(".")
            attempt, until, _ = json.loads(base64.urlsafe_b64decode(kept + "=="))
            forged = base64.urlsafe_b64encode(json.dumps([attempt, until + 9999, "https://evil.example/"]).encode())
            cookie.value = f"{forged.decode().rstrip('=')}.{signature}"
        assert self.expired(visitor.ask(issuer.authorize(asked)))

    def test_the_same_answer_a_second_time_even_with_the_cookie_kept(self, visitor, issuer):
        address = issuer.authorize(visitor.begin())
        kept = [(cookie.name, cookie.value) for cookie in visitor.session.cookies]
        visitor.ask(address)
        again = Visitor(visitor.namespace, visitor.at, ADDRESS, issuer)
        for name, value in kept:
            again.session.cookies.set(name, value)
        assert self.expired(again.ask(address))
        assert not again.is_in()

    def test_two_tabs_both_arrive(self, visitor, issuer):
        first, second = visitor.begin(), visitor.begin()
        answers = [visitor.ask(issuer.authorize(one)) for one in (first, second)]
        assert [answer.status_code for answer in answers] == [302, 302], words(answers[1])[:600]

    def test_attempts_that_nobody_finished_do_not_pile_up_until_the_web_server_refuses(self, visitor, issuer):
        begun = [visitor.begin(f"/archipel/sign-in?redirect_to=%2F%3Fp%3D{'1' * 200}") for _ in range(30)]
        kept = [cookie.name for cookie in visitor.session.cookies if "archipel_in_" in cookie.name]

        assert (len(kept), visitor.ask(issuer.authorize(begun[-1])).status_code) == (4, 302)

    @pytest.mark.parametrize(
        "wanted",
        [
            "https://evil.example/", "//evil.example/", "/\\evil.example", "https:evil.example", "javascript:alert(1)",
            f"https://{ADDRESS}@evil.example/", f"https://{ADDRESS}.evil.example/", "https://evil.example\\@trois-ponts.sites.example/",
            "%09//evil.example/",
        ],
    )  # fmt: skip
    def test_nobody_is_led_elsewhere_afterwards(self, visitor, issuer, wanted):
        answer = visitor.ask(
            issuer.authorize(
                visitor.begin(
                    f"/archipel/sign-in?{requests.models.RequestEncodingMixin._encode_params({'redirect_to': wanted})}"
                )
            )
        )
        assert (answer.status_code, urlsplit(answer.headers["Location"]).netloc) == (302, ADDRESS)


def _letters(state: str) -> str:
    return "".join(sign for sign in state if sign.isalnum())[:16]


class TestKeys:
    def test_a_new_key_is_read_at_its_first_use_and_a_flood_of_unknown_ones_is_not(self, visitor, issuer, site):
        visitor.sign_in()
        _forget(site, "archipel_keys_read")
        issuer.keys["two"] = a_key()
        issuer.signs_with = "two"
        visitor.sign_in()
        assert visitor.is_in()
        before = issuer.reads.count("/keys")
        for _ in range(4):
            Visitor(visitor.namespace, visitor.at, ADDRESS, issuer).ask(
                "/archipel/signed-out",
                "POST",
                data={"logout_token": jwt.encode({}, a_key(), "RS256", headers={"kid": "no"})},
            )
        assert issuer.reads.count("/keys") == before
        del issuer.keys["two"]

    def test_discovery_that_names_another_issuer_is_not_believed(self, visitor, issuer, site):
        _forget(site, "archipel_discovery")
        issuer.names_itself = "https://other.example"
        assert visitor.ask("/archipel/sign-in").status_code == 502
        issuer.names_itself = ""
        assert visitor.ask("/archipel/sign-in").status_code == 302


def _forget(site, transient: str) -> None:
    code = f"require '/usr/lib/archipel/load.php'; delete_transient('{transient}');"
    assert site._engine.run("s-signon", "app", ["php", "-r", code]).code == 0


class TestSigningOut:
    def test_ends_the_session_here_and_leads_to_the_issuer_with_the_proof(self, visitor, issuer):
        visitor.sign_in()
        page = visitor.ask("/wp-admin/profile.php").text
        link = (
            page.split("action=logout&#038;_wpnonce=")[1][:10]
            if "action=logout&#038;_wpnonce=" in page
            else page.split("action=logout&amp;_wpnonce=")[1][:10]
        )
        answer = visitor.ask(f"/wp-login.php?action=logout&_wpnonce={link}")
        led = urlsplit(answer.headers["Location"])
        told = {key: values[0] for key, values in parse_qs(led.query).items()}
        assert f"{led.scheme}://{led.netloc}{led.path}" == f"{ISSUER}/end"
        assert (told["client_id"], told["post_logout_redirect_uri"]) == (CLIENT_ID, f"https://{ADDRESS}/")
        assert jwt.decode(told["id_token_hint"], options={"verify_signature": False})["sub"] == "sub-alice"
        assert not visitor.is_in()

    def test_needs_a_link_of_the_website(self, visitor):
        visitor.sign_in()
        visitor.ask("/wp-login.php?action=logout")
        assert visitor.is_in()


class TestToldOfLogout:
    """OpenID Connect Back-Channel Logout 1.0, 2.6."""

    def tell(self, visitor, token: str) -> int:
        stranger = Visitor(visitor.namespace, visitor.at, ADDRESS, visitor.issuer)
        return stranger.ask("/archipel/signed-out", "POST", data={"logout_token": token}).status_code

    def test_ends_every_session_of_the_person(self, visitor, issuer):
        visitor.sign_in()
        assert self.tell(visitor, issuer.logout_token()) == 204
        assert not visitor.is_in()

    @pytest.mark.parametrize("named", [{"sub": None}, {}])
    def test_ends_one_session_by_its_name_and_leaves_others(self, visitor, issuer, named):
        issuer.claims = {"sid": "first"}
        visitor.sign_in()
        other = Visitor(visitor.namespace, visitor.at, ADDRESS, issuer)
        issuer.claims = {"sid": "second"}
        other.sign_in()
        assert self.tell(visitor, issuer.logout_token(sid="first", **named)) == 204
        assert (visitor.is_in(), other.is_in()) == (False, True)

    def test_ends_the_session_that_wordpress_put_in_its_place(self, visitor, issuer):
        issuer.claims = {"sid": "replaced"}
        visitor.sign_in()
        assert visitor.rest("/wp/v2/users/me", "POST", json={"password": "x" * 20}).status_code == 200
        assert visitor.is_in()
        assert self.tell(visitor, issuer.logout_token(sid="replaced")) == 204
        assert not visitor.is_in()

    def test_says_nothing_of_whom_it_does_not_know(self, visitor, issuer):
        assert self.tell(visitor, issuer.logout_token(sub="sub-nobody")) == 204

    @pytest.mark.parametrize(
        "changed",
        [
            {"iss": "https://other.example"}, {"aud": "another-application"}, {"exp": In(-300)}, {"iat": None},
            {"exp": In(10**7)}, {"events": None}, {"events": {"other": {}}}, {"events": "x"}, {"nonce": "a"},
            {"sub": None}, {"sub": 7}, {"jti": None}, {"jti": ""},
        ],
        ids=str,
    )  # fmt: skip
    def test_refuses_a_token_that_is_not_right_and_ends_nothing(self, visitor, issuer, changed):
        visitor.sign_in()
        assert self.tell(visitor, issuer.logout_token(**at_last(changed))) == 400
        assert visitor.is_in()

    def test_refuses_an_id_token_a_foreign_signature_and_nothing_at_all(self, visitor, issuer):
        visitor.sign_in()
        id_token = issuer.id_token("a", "b")
        right = issuer.logout_token()
        forged = ".".join([*right.split(".")[:2], id_token.split(".")[2]])
        assert [self.tell(visitor, token) for token in (id_token, forged, "")] == [400, 400, 400]
        assert visitor.ask("/archipel/signed-out").status_code == 400
        assert visitor.is_in()

    def test_takes_a_token_once(self, visitor, issuer):
        token = issuer.logout_token()
        assert [self.tell(visitor, token), self.tell(visitor, token)] == [204, 400]


class TestClosedDoors:
    @pytest.mark.parametrize(
        ("path", "method", "status"),
        [
            ("/wp-login.php", "GET", 302), ("/wp-login.php", "POST", 403), ("/wp-login.php?action=lostpassword", "GET", 403),
            ("/wp-login.php?action=register", "GET", 403), ("/wp-login.php?action=rp&key=a&login=archipel", "GET", 403),
            ("/xmlrpc.php", "POST", 403), ("/wp-signup.php", "GET", 403), ("/wp-activate.php", "GET", 403),
            ("/wp-cron.php", "GET", 403), ("/wp-admin/install.php", "GET", 403), ("/wp-config.php", "GET", 403),
            ("/?author=1", "GET", 404), ("/index.php?rest_route=/wp/v2/users", "GET", 401), ("/index.php?rest_route=/wp/v2/users/1", "GET", 401),
            ("/wp-json/wp/v2/users", "GET", 401), ("/wp-content/mu-plugins/archipel.php", "GET", 403),
            ("/archipel/alive", "GET", 403), ("/wp-login.php?action=postpass&key=a&login=archipel", "GET", 403),
            ("/wp-login.php?action=postpass&checkemail=confirm", "GET", 403), ("/wp-json/wp/v2/posts?_embed", "GET", 200),
        ],
    )  # fmt: skip
    def test_stay_closed(self, visitor, path, method, status):
        data = {"log": "archipel", "pwd": "x"} if method == "POST" else None
        assert visitor.ask(path, method, data=data).status_code == status

    def test_the_map_of_the_website_lists_no_people(self, visitor):
        assert "users" not in visitor.ask("/wp-sitemap.xml").text
        assert "<loc>" not in visitor.ask("/wp-sitemap-users-1.xml").text

    def test_a_passphrase_opens_nothing(self, visitor, site):
        code = (
            "require '/usr/lib/archipel/load.php'; $u = archipel_account('sub-alice'); wp_set_password('known', $u->ID);"
            "$a = WP_Application_Passwords::create_new_application_password($u->ID, ['name' => 'x']);"
            "echo $u->user_login, ' ', $a[0], ' ', is_wp_error(wp_authenticate($u->user_login, 'known')) ? 'no' : 'yes';"
        )
        login, application, passphrase = (
            site._engine.run("s-signon", "app", ["php", "-r", code]).output.decode().split()
        )
        assert passphrase == "no"
        visitor.ask("/wp-login.php", "POST", data={"log": login, "pwd": "known"})
        assert not visitor.is_in()
        answer = visitor.ask("/index.php?rest_route=/wp/v2/users/me", auth=(login, application))
        assert answer.status_code == 401

    def test_nobody_makes_accounts_installs_or_edits_files_here(self, visitor, issuer):
        visitor.sign_in()
        closed = (
            "user-new.php",
            "plugin-install.php",
            "theme-install.php",
            "plugin-editor.php",
            "theme-editor.php",
            "update-core.php",
        )
        # WordPress says 500 for one of them: what counts is that none opens.
        assert {path: visitor.ask(f"/wp-admin/{path}").status_code >= 403 for path in closed} == dict.fromkeys(
            closed, True
        )
        made = visitor.rest("/wp/v2/users", "POST", json={"username": "x", "email": "x@x.example", "password": "y"})
        assert made.status_code == 403

    def test_nothing_goes_out_but_to_the_issuer(self, site):
        code = (
            "require '/usr/lib/archipel/load.php'; foreach (['https://api.wordpress.org/', 'http://10.99.0.1:9000/keys'] as $a)"
            "{ $r = wp_remote_get($a); echo is_wp_error($r) ? $r->get_error_code() : wp_remote_retrieve_response_code($r), ' '; }"
        )
        said = site._engine.run("s-signon", "app", ["php", "-r", code]).output.decode().split()
        assert said == ["http_request_not_executed", "200"]

    def test_nothing_goes_where_an_answer_leads_nor_out_by_another_way(self, site):
        code = (
            "require '/usr/lib/archipel/load.php'; echo wp_remote_retrieve_response_code(wp_remote_get('http://10.99.0.1:9000/moved')), ' ';"
            "echo @file_get_contents('http://10.99.0.1:9000/keys') === false ? 'closed' : 'open';"
        )
        assert site._engine.run("s-signon", "app", ["php", "-r", code]).output == b"302 closed"

    def test_no_mail_leaves_where_no_server_is_named(self, site):
        code = "require '/usr/lib/archipel/load.php'; var_export(wp_mail('a@b.example', 's', 't'));"
        assert site._engine.run("s-signon", "app", ["php", "-r", code]).output == b"false"
