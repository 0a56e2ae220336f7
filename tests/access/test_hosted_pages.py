# SPDX-License-Identifier: AGPL-3.0-or-later
"""A page hosted here may be hostile: it shares a machine with the portal, and nothing else."""

from __future__ import annotations

import io
import re
from http.cookies import SimpleCookie

import pytest
from django.conf import settings as present
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client

from archipel.config import settings as production
from archipel.config import sites
from archipel.config.wsgi import application
from archipel.identity.models import Person
from archipel.mailing.models import Email
from archipel.spaces import operations as spaces
from archipel.spaces import wiring
from tests import factories
from tests.access import ways
from tests.access.rows import ROWS
from tests.access.world import fingerprint

pytestmark = pytest.mark.django_db
SITE = "trois-ponts.pages.example"
HOSTILE = {
    "session": "stolen",
    "csrf": "known",
    "__Host-session": "stolen",
    "__Host-csrf": "known",
    "sessionid": "x",
    "messages": "x",
}
NAMES = {
    "SESSION_COOKIE_NAME": "__Host-session",
    "CSRF_COOKIE_NAME": "__Host-csrf",
    "LANGUAGE_COOKIE_NAME": "__Host-language",
}
SECURE = {"SESSION_COOKIE_SECURE": True, "CSRF_COOKIE_SECURE": True, "LANGUAGE_COOKIE_SECURE": True}
# Forms of public pages act for whoever posts them, signed in or not: choosing a language, leaving a list in one click.
# Applications send their people here to sign out: without a proof that it is about this session, a page asks first.
WITHOUT_PROTECTION = {"set_language", "alert-leave", "oidc-end-session"}


@pytest.fixture(autouse=True)
def connection_outlives_requests():
    """Keep the test's transaction: a real request ends by closing connections, which PostgreSQL takes at its word."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def hosted(host, settings, tmp_path, trois_ponts, alice):
    """The site of Alice's organisation, published into a real store of its own."""
    settings.ARCHIPEL_DATA = tmp_path
    _forget_store()
    space = factories.open_site(trois_ponts)
    files = {
        "index.html": b"<h1>Bonjour</h1>",
        "404.html": b"<h1>Rien</h1>",
        "account/login/index.html": b"<h1>Piege</h1>",
    }
    spaces.publish_zip(space=space, archive=factories.zip_of(files), person=alice)
    yield space
    _forget_store()


def _forget_store() -> None:
    for remembered in (sites.website_store, sites.websites, sites._sites_below, wiring.connector_named):
        remembered.cache_clear()


def ask(
    name: str, path: str = "/", method: str = "GET", body: bytes = b"", **headers: str
) -> tuple[str, list[tuple[str, str]], bytes]:
    """Return status, headers and body of the door every request comes through."""
    environ = {
        "REQUEST_METHOD": method, "PATH_INFO": path, "QUERY_STRING": "", "HTTP_HOST": name, "SERVER_NAME": "127.0.0.1", "SERVER_PORT": "8000",
        "SERVER_PROTOCOL": "HTTP/1.1", "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body), "wsgi.errors": io.StringIO(),
        "wsgi.version": (1, 0), "wsgi.multithread": True, "wsgi.multiprocess": False, "wsgi.run_once": False,
        "REMOTE_ADDR": "127.0.0.1", "CONTENT_LENGTH": str(len(body)), "CONTENT_TYPE": "application/x-www-form-urlencoded", **headers,
    }  # fmt: skip
    started: list[tuple[str, list[tuple[str, str]]]] = []
    answer = application(environ, lambda status, lines, _info=None: started.append((status, list(lines))))
    content = b"".join(answer)
    if hasattr(answer, "close"):
        answer.close()
    return started[0][0], started[0][1], content


def cookies_in(headers: list[tuple[str, str]]) -> list[str]:
    return [value for name, value in headers if name.lower() == "set-cookie"]


@pytest.mark.parametrize(
    "path", ["/", "/nothing", "/report", "/account/login/", "/api/me", "/static/x.css", "/../", "/%00", "/desk/"]
)
@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "OPTIONS", "DELETE"])
def test_site_never_sets_a_cookie(hosted, client, alice, path, method):
    client.force_login(alice)
    _, headers, _ = ask(SITE, path, method, b"a=b", HTTP_COOKIE=client.cookies.output(header="", sep=";"))
    assert cookies_in(headers) == []


@pytest.mark.parametrize(
    "name",
    [SITE, SITE.upper(), f"{SITE}:8000", f"{SITE}.", "nobody.pages.example", "a.b.pages.example", ".pages.example"],
)
def test_every_name_below_the_sites_domain_is_a_site(hosted, name):
    _, headers, content = ask(name, "/account/login/")
    assert cookies_in(headers) == []
    assert b"csrfmiddlewaretoken" not in content


def test_site_is_shown_with_what_was_published_even_under_an_address_of_the_portal(hosted):
    status, _, content = ask(SITE, "/account/login/")
    assert (status, content) == ("200 OK", b"<h1>Piege</h1>")


def test_site_is_shown_without_asking_the_database_for_a_session(hosted, client, alice, django_assert_num_queries):
    client.force_login(alice)
    ask(SITE)
    with django_assert_num_queries(0):
        ask(SITE, "/", "GET", b"", HTTP_COOKIE=client.cookies.output(header="", sep=";"))


@pytest.mark.parametrize(
    "name", ["pages.example", "pages.example:8000", "evil.example", "testserver.evil.example", "evil.example:80@testserver", "[", "testserver, evil.example", "testserver:evil", "testserver:99999"]
)  # fmt: skip
def test_name_that_is_not_the_portals_is_led_to_the_portal_and_accepts_nothing(host, name):
    status, headers, content = ask(name, "/account/login/")
    assert (status, dict(headers)["Location"], cookies_in(headers), content) == (
        "302 Found",
        "http://testserver/",
        [],
        b"",
    )
    status, headers, _ = ask(name, "/account/password/reset/", "POST", b"email=alice@trois-ponts.example")
    assert (status, cookies_in(headers)) == ("421 Misdirected Request", [])


@pytest.mark.parametrize("name", ["testserver", "TESTSERVER:8000", "127.0.0.1:8000", "localhost", "[::1]:8000"])
def test_portal_answers_to_its_name_and_to_this_machine(host, name):
    assert ask(name, "/services/")[0] == "200 OK"


def test_before_set_up_any_name_leads_to_the_portal(db):
    assert ask("whatever.example", "/accessibility/")[0] == "200 OK"


def test_links_in_mails_begin_with_the_portals_address_whatever_name_was_asked_for(host, alice, client):
    from archipel.kernel import keys

    client.post(
        "/account/password/reset/",
        {"email": alice.email},
        headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"},
    )
    text = keys.unlock(Email.objects.get().locked_body)
    assert set(re.findall(r"https?://[^/\s]+", text)) == {"http://testserver"}


def test_cookies_of_the_portal_can_come_from_no_other_name():
    names = {production.SESSION_COOKIE_NAME, production.CSRF_COOKIE_NAME, production.LANGUAGE_COOKIE_NAME}
    assert names == {"__Host-session", "__Host-csrf", "__Host-language"}
    assert {production.SESSION_COOKIE_SECURE, production.CSRF_COOKIE_SECURE, production.LANGUAGE_COOKIE_SECURE} == {
        True
    }
    assert (present.SESSION_COOKIE_DOMAIN, present.CSRF_COOKIE_DOMAIN, present.LANGUAGE_COOKIE_DOMAIN) == (
        None,
        None,
        None,
    )
    assert (present.SESSION_COOKIE_PATH, present.CSRF_COOKIE_PATH, present.LANGUAGE_COOKIE_PATH) == ("/", "/", "/")
    assert (present.CSRF_TRUSTED_ORIGINS, present.CSRF_USE_SESSIONS, present.USE_X_FORWARDED_HOST) == ([], False, False)


@pytest.fixture
def as_in_production(settings):
    for name, value in {**NAMES, **SECURE}.items():
        setattr(settings, name, value)


def test_every_cookie_the_portal_sets_is_bound_to_its_name(host, alice, as_in_production):
    browser = Client()
    set_here: dict[str, SimpleCookie] = {}
    for answer in (
        browser.get("/account/login/", secure=True),
        browser.post("/account/login/", {"login": alice.email, "password": factories.PASSPHRASE}, secure=True),
        browser.post("/language/", {"language": "en"}, secure=True),
        browser.post("/account/profile/", {"name": "Alice", "language": "en"}, secure=True),
        browser.get("/account/tokens/", secure=True),
        browser.post("/account/logout/", secure=True),
    ):
        set_here |= {name: morsel for name, morsel in answer.cookies.items() if morsel.value}
    assert set(set_here) == set(NAMES.values())
    found = {
        name: (morsel["domain"], morsel["path"], morsel["secure"], morsel["samesite"])
        for name, morsel in set_here.items()
    }
    assert found == dict.fromkeys(found, ("", "/", True, "Lax"))
    assert [name for name, morsel in set_here.items() if not morsel["httponly"]] == ["__Host-language"]


def _sign_in(alice: Person, **cookies: str) -> tuple[Client, int, str]:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies.load(cookies)
    page = browser.get("/account/login/", secure=True)
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())
    assert token
    typed = {"login": alice.email, "password": factories.PASSPHRASE, "csrfmiddlewaretoken": token[1]}
    answer = browser.post("/account/login/", typed, secure=True, headers={"Origin": "https://testserver"})
    return browser, answer.status_code, answer.get("Location", "")


def test_cookies_a_hosted_page_can_set_change_nothing_when_signing_in(host, alice, as_in_production):
    """A browser never takes ``__Host-`` cookies from a hosted page; the other names mean nothing here."""
    browser, status, _ = _sign_in(
        alice, **{name: value for name, value in HOSTILE.items() if not name.startswith("__Host-")}
    )
    assert status == 302
    assert browser.get("/account/profile/", secure=True).context["user"] == alice


def test_cookies_a_hosted_page_can_set_sign_nobody_in_and_nobody_out(host, alice, as_in_production):
    browser, _, _ = _sign_in(alice)
    stolen = Client()
    stolen.cookies.load(
        {"session": browser.cookies["__Host-session"].value, "sessionid": browser.cookies["__Host-session"].value}
    )
    assert stolen.get("/home/", secure=True).status_code == 302
    browser.cookies.load({name: value for name, value in HOSTILE.items() if not name.startswith("__Host-")})
    assert browser.get("/account/profile/", secure=True).status_code == 200


def test_token_a_hosted_page_chose_is_no_protection_it_can_pass(host, alice, as_in_production):
    browser, _, _ = _sign_in(alice)
    browser.cookies.load({"csrf": "a" * 32, "csrftoken": "a" * 32})
    answer = browser.post(
        "/account/profile/",
        {"name": "Mallory", "language": "fr", "csrfmiddlewaretoken": "a" * 32},
        secure=True,
        headers={"Origin": "https://testserver"},
    )
    assert answer.status_code == 403
    assert Person.objects.get(pk=alice.pk).name == "Alice Martin"


@pytest.mark.parametrize(
    "origin",
    [
        f"https://{SITE}",
        "https://pages.example",
        "https://evil.example",
        "null",
        "http://testserver:81",
        "https://testserver.evil.example",
    ],
)
def test_sign_in_from_another_origin_is_refused(host, alice, as_in_production, origin):
    browser = Client(enforce_csrf_checks=True)
    page = browser.get("/account/login/", secure=True)
    token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page.content.decode())
    typed = {"login": alice.email, "password": factories.PASSPHRASE, "csrfmiddlewaretoken": token[1]}
    answer = browser.post("/account/login/", typed, secure=True, headers={"Origin": origin})
    assert (answer.status_code, "__Host-session" in answer.cookies) == (403, False)


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.post and row.name not in WITHOUT_PROTECTION], ids=lambda row: row.label
)
def test_no_act_is_possible_from_a_hosted_page(world, row):
    """Even with the cookies of who may, and a good token: the origin is not the portal's."""
    browser = Client(enforce_csrf_checks=True)
    name = next(name for name in ("referent", "administrator", "member", "anonymous") if name in row.post)
    if name != "anonymous":
        browser.force_login(world.people[name])
    browser.get("/account/reauthenticate/")
    typed = ways.typed_of(row, world) | {"csrfmiddlewaretoken": "a" * 32}
    before = fingerprint()
    answer = browser.post(ways.address_of(row, world), typed, headers={"Origin": f"http://{SITE}"})
    assert answer.status_code == 403
    assert fingerprint() == before
