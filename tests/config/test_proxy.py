# SPDX-License-Identifier: AGPL-3.0-or-later
"""The whole way: our tables, a real Caddy, Archipel's own door, and a visitor."""

from __future__ import annotations

import ssl
import threading
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server
from wsgiref.util import setup_testing_defaults

import pytest
from django.db import connections

from archipel.config import proxy
from archipel.config.wsgi import application
from archipel.connectors.dns.fake import FakeLookup
from archipel.host import queries as host_queries
from archipel.outbox.worker import drain
from archipel.spaces import operations, wiring
from archipel.spaces.front import certificate_token
from tests import factories
from tests.connectors.caddy.asking import ask, ask_plain, connect, trusting
from tests.connectors.caddy.servers import caddy

PORTAL, SITE, OWN = "archipel.portail.example", "trois-ponts.pages.example", "www.troisponts.org"
LOOKUP = FakeLookup({(SITE, "A"): ["203.0.113.5"], (OWN, "A"): ["203.0.113.5"]})


def lookup() -> FakeLookup:
    return LOOKUP


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args) -> None:
        pass


class _Door(WSGIServer):
    """One thread, so that it may share the test's own connection to the database in memory."""

    connection = None

    def serve_forever(self, poll_interval: float = 0.05) -> None:
        connections["default"] = self.connection
        super().serve_forever(poll_interval)


@pytest.fixture
def door(transactional_db):
    """Archipel's web process, as far as one thread is one."""
    connection = connections["default"]
    connection.inc_thread_sharing()
    server = make_server("127.0.0.1", 0, application, server_class=_Door, handler_class=_Quiet)
    server.connection = connection
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()
    connection.dec_thread_sharing()


@pytest.fixture
def front(door, tmp_path, settings, monkeypatch):
    """A Caddy that Archipel drives as the environment says."""
    with caddy(tmp_path) as found:
        admin = found.standing.admin.removeprefix("unix/").partition("|")[0]
        environment = {
            "ARCHIPEL_CADDY": admin,
            "ARCHIPEL_CADDY_ISSUER": "internal",
            "ARCHIPEL_CADDY_LISTEN": "127.0.0.1",
            "ARCHIPEL_CADDY_HTTP_PORT": str(found.standing.http_port),
            "ARCHIPEL_CADDY_HTTPS_PORT": str(found.standing.https_port),
        }
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        settings.BEHIND_PROXY_OF_OURS = True
        settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
        settings.WEB_UPSTREAMS = [f"127.0.0.1:{door.server_port}"]
        settings.NAMES_LOOKUP = "tests.config.test_proxy.lookup"
        settings.CERTIFICATE_AUTHORITY = ""
        wiring.connector_named.cache_clear()
        yield found
        wiring.connector_named.cache_clear()


@pytest.mark.server
def test_a_site_is_reached_by_its_address_and_by_its_own_name_and_by_no_other(front):
    factories.host(portal_url=f"https://{PORTAL}")
    host_queries.forget_remembered()
    alice = factories.person(name="Alice Martin", email="alice@trois-ponts.example")
    site = factories.open_site(factories.organisation(name="Les Trois-Ponts", referent=alice))
    operations.publish_zip(space=site, archive=factories.zip_of({"index.html": b"<h1>Bonjour</h1>"}), person=alice)
    operations.compare_routes()

    assert ask(front, SITE).body == b"<h1>Bonjour</h1>"
    assert ask_plain(front, SITE).status == 308
    with pytest.raises(ssl.SSLError):
        connect(front, OWN)
    with pytest.raises(ssl.SSLError):
        connect(front, "personne.pages.example")
    assert ask(front, PORTAL).status == 200
    stolen = f"/internal/certificate?token={certificate_token()}&domain={SITE}"
    assert ask(front, PORTAL, stolen).status == 404

    operations.add_domain(space=site, name=OWN, by=alice)
    drain()
    assert ask(front, OWN).body == b"<h1>Bonjour</h1>"
    with connect(front, OWN, trusting(front)) as connection:
        assert connection.getpeercert()["subjectAltName"] == (("DNS", OWN),)
    moved = ask(front, SITE, "/page?a=b")
    assert (moved.status, moved.headers["location"]) == (
        307,
        f"https://{OWN}:{front.standing.https_port}/page?a=b",
    )

    hold = operations.place_hold(space=site, kind="own_wish", effect="suspended", reason="", by=alice)
    drain()
    held = ask(front, OWN)
    assert (held.status, "en pause" in held.body.decode()) == (503, True)
    operations.lift_hold(hold=hold, by=alice)

    front.restart()
    with pytest.raises(OSError):
        connect(front, OWN)
    drain()
    operations.compare_routes()
    assert ask(front, OWN).body == b"<h1>Bonjour</h1>"


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked_as", "path", "status"),
    [
        ("web:8000", "/internal/certificate", "404 Not Found"),
        ("web:8000", "/home/", "302 Found"),
        ("x.pages.example", "/internal/certificate", "404 Not Found"),
    ],
)
def test_the_proxy_may_ask_by_whatever_name_it_finds_archipel_under(host, asked_as, path, status):
    said = []
    environ = {"HTTP_HOST": asked_as, "PATH_INFO": path, "REQUEST_METHOD": "GET", "SERVER_NAME": "web"}
    setup_testing_defaults(environ)
    b"".join(application(environ, lambda line, _headers: said.append(line)))
    assert said == [status]


def test_without_an_address_there_is_no_proxy(settings, monkeypatch):
    settings.BEHIND_PROXY_OF_OURS = False
    assert proxy.proxy() is None


@pytest.mark.parametrize(
    ("issuer", "caa", "authority"),
    [
        ("", "", "letsencrypt.org"),
        ("acme", "x.example", "letsencrypt.org"),
        ("internal", "", ""),
        ("https://ca.example/directory", "CA.example", "ca.example"),
        ("https://ca.example/directory", "", ""),
    ],
)
def test_who_gives_certificates_is_known_by_its_name_in_the_dns(monkeypatch, issuer, caa, authority):
    monkeypatch.setenv("ARCHIPEL_CADDY_ISSUER", issuer)
    monkeypatch.setenv("ARCHIPEL_CADDY_CAA", caa)
    assert proxy.certificate_authority() == authority
