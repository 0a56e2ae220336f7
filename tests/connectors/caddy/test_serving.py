# SPDX-License-Identifier: AGPL-3.0-or-later
"""What visitors get from a real Caddy with our configuration."""

from __future__ import annotations

import shutil
import ssl
import subprocess
import threading
import time

import pytest

from archipel.connectors.websites import pages
from archipel.spaces.ports import HoldNotice, Route, Upstream, digest_of_route
from tests.connectors.caddy.asking import ask, ask_plain, connect, trusting, trusting_anybody
from tests.connectors.caddy.servers import application, caddy
from tests.connectors.websites.servers import free_ports

pytestmark = pytest.mark.server
needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


@pytest.fixture(scope="module")
def archipel():
    """Who is asked whether a name is known."""
    with application("archipel") as found:
        yield found


@pytest.fixture(scope="module")
def server(tmp_path_factory, archipel):
    url = f"http://127.0.0.1:{archipel.port}/known?token=secret"
    with caddy(tmp_path_factory.mktemp("caddy"), url, largest_body=40 * 1024**2) as found:
        yield found


@pytest.fixture
def pad():
    with application("pad") as found:
        yield found


@pytest.fixture
def routed(server, archipel, pad):
    """A proxy that leads ``pad.sites.test`` to an application."""
    archipel.allowed = {"pad.sites.test", "asso.test", "held.sites.test", "moved.test", "other.sites.test", "down.test"}
    archipel.seen.clear()
    archipel.paths.clear()
    server.proxy.push([_to("s-pad", pad)])
    return server


def _to(name: str, *applications, names=("pad.sites.test",), **values) -> Route:
    upstreams = tuple(Upstream("127.0.0.1", one.port) for one in applications)
    return Route(name, names, upstreams, own=True, **values)


def test_a_known_name_is_led_to_its_application(routed):
    answer = ask(routed, "pad.sites.test", "/a?b=c")
    assert (answer.status, answer.body) == (200, b"pad /a?b=c")


def test_plain_http_leads_to_https(routed):
    answer = ask_plain(routed, "pad.sites.test", "/a?b=c")
    port = routed.standing.https_port
    assert (answer.status, answer.headers["location"]) == (308, f"https://pad.sites.test:{port}/a?b=c")


def test_an_unknown_name_gets_a_page_and_no_certificate(routed, archipel):
    answer = ask_plain(routed, "nobody.test")
    assert answer.status == 404
    assert answer.body == pages.unknown("nobody.test", "fr")
    assert answer.headers["content-security-policy"] == pages.CONTENT_POLICY
    with pytest.raises(ssl.SSLError):
        connect(routed, "nobody.test")
    assert archipel.paths == ["/known?domain=nobody.test&token=secret"]


def test_a_name_other_than_the_certificates_is_refused(routed, pad):
    routed.proxy.put(_to("s-other", pad, names=("other.sites.test",)))
    assert ask(routed, "other.sites.test", sni="pad.sites.test").status == 421


def test_a_known_name_gets_its_certificate_at_the_first_visit(routed, archipel, pad):
    routed.proxy.put(_to("s-own", pad, names=("asso.test",)))
    assert archipel.paths == []
    # The first visit makes the authority this test then trusts.
    connect(routed, "asso.test").close()
    with connect(routed, "asso.test", trusting(routed)) as connection:
        names = connection.getpeercert()["subjectAltName"]
    assert names == (("DNS", "asso.test"),)
    assert archipel.paths == ["/known?domain=asso.test&token=secret"]


def test_a_name_of_the_host_has_its_certificate_before_any_visit(routed, archipel, pad):
    routed.proxy.put(Route("portal", ("escale.test",), (Upstream("127.0.0.1", pad.port),)))
    assert _soon(lambda: ask(routed, "escale.test").status) == 200
    assert archipel.paths == []


def _soon(look):
    """Return what is found, after as many looks as a certificate of our own authority takes."""
    for _ in range(50):
        try:
            return look()
        except ssl.SSLError:
            time.sleep(0.1)
    return look()


def test_visitors_speak_http_1_and_2(routed):
    spoken = []
    for protocol in ("http/1.1", "h2"):
        with connect(routed, "pad.sites.test", trusting_anybody((protocol,))) as connection:
            spoken.append(connection.selected_alpn_protocol())
    assert spoken == ["http/1.1", "h2"]


def _http_2(routed, path: str) -> bytes:
    port = routed.standing.https_port
    command = ["curl", "-sk", "--http2", "--resolve", f"pad.sites.test:{port}:127.0.0.1", "-w", " %{http_version}"]
    return subprocess.run([*command, f"https://pad.sites.test:{port}{path}"], capture_output=True, check=False).stdout


@needs_curl
def test_a_page_comes_over_http_2(routed):
    assert _http_2(routed, "/a") == b"pad /a 2"


def test_an_exact_name_wins_over_a_whole_domain(routed, pad):
    with application("websites") as web:
        routed.proxy.push([_to("websites", web, names=("*.sites.test",)), _to("s-pad", pad)])
        routed.proxy.put(_to("s-other", pad, names=("other.sites.test",)))
        assert [ask(routed, f"{name}.sites.test").body for name in ("pad", "other", "held")] == [
            b"pad /",
            b"pad /",
            b"websites /",
        ]
        assert web.seen[-1]["Host"] == "held.sites.test"
        assert ask_plain(routed, "deep.held.sites.test").status == 404


def test_a_hold_answers_503_and_whom_to_write_to(routed):
    notice = HoldNotice("suspended", "fr", "L’Escale <& {env.HOME} $1>", "bonjour@lescale.test", "host")
    routed.proxy.put(Route("s-held", ("held.sites.test",), notice=notice, own=True))
    answer = ask(routed, "held.sites.test", "/any/page", method="POST", body=b"x")
    assert (answer.status, answer.headers["retry-after"]) == (503, "3600")
    assert answer.body.decode().replace("&#123;", "{").replace("&#125;", "}") == pages.held(notice).decode()
    assert answer.headers["content-security-policy"] == pages.CONTENT_POLICY
    assert answer.headers["content-type"] == "text/html; charset=utf-8"


def test_a_hold_of_several_names_says_the_same(routed):
    notice = HoldNotice("suspended", "en", "L’Escale $1 $$", "bonjour@lescale.test", "closing")
    routed.proxy.put(Route("s-held", ("held.sites.test", "asso.test"), notice=notice, own=True))
    assert [ask(routed, name).body for name in ("held.sites.test", "asso.test")] == [pages.held(notice)] * 2


def test_a_moved_name_leads_to_the_same_page_elsewhere(routed):
    routed.proxy.put(Route("s-moved", ("moved.test",), moved_to="asso.test", own=True))
    answer = ask(routed, "moved.test", "/a?b=c")
    assert (answer.status, answer.headers["location"]) == (
        307,
        f"https://asso.test:{routed.standing.https_port}/a?b=c",
    )


def test_an_application_is_asked_by_the_name_it_knows(routed, pad):
    routed.proxy.put(_to("s-own", pad, names=("asso.test",), asked_as="pad.sites.test"))
    ask(routed, "asso.test")
    assert (pad.seen[-1]["Host"], pad.seen[-1]["X-Forwarded-Host"]) == ("pad.sites.test", "asso.test")
    routed.proxy.put(_to("s-own", pad, names=("asso.test", "moved.test"), asked_as="pad.sites.test"))
    ask(routed, "moved.test")
    assert (pad.seen[-1]["Host"], pad.seen[-1]["X-Forwarded-Host"]) == ("pad.sites.test", "moved.test")


def test_what_a_visitor_pretends_is_taken_away(routed, pad):
    pretended = {
        "X-Forwarded-For": "10.1.2.3",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": "evil.test",
        "X-Forwarded-Port-Client": "1",
        "X-Real-Ip": "10.1.2.3",
        "Forwarded": "for=10.1.2.3",
        "Proxy": "http://evil.test",
        "X-Forwarded-User": "admin",
        "X_Forwarded_For": "10.1.2.3",
        "X-Kept": "yes",
    }
    ask(routed, "pad.sites.test", headers=pretended)
    told = pad.seen[-1]
    port = int(told.pop("X-Forwarded-Port-Client"))
    assert 1024 < port < 65536
    assert {name: value for name, value in told.items() if name.lower() not in {"accept-encoding", "via"}} == {
        "Host": "pad.sites.test",
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Host": "pad.sites.test",
        "X-Kept": "yes",
    }


def test_a_large_upload_is_passed_on_while_it_arrives(routed, pad):
    size, piece = 24 * 1024**2, b"x" * 65536
    sent_at: list[float] = []

    def pieces():
        for number in range(size // len(piece)):
            if number == 200:
                time.sleep(0.3)
            yield piece
        sent_at.append(time.monotonic())

    answer = ask(routed, "pad.sites.test", "/up", method="POST", body=pieces(), headers={"Content-Length": str(size)})
    assert answer.body == str(size).encode()
    assert pad.first_piece_at < sent_at[0]


def test_more_than_a_request_may_hold_is_refused(routed):
    body = b"x" * (41 * 1024**2)
    assert _status_or_cut(routed, body) in {413, 0}
    assert ask(routed, "pad.sites.test").status == 200


def _status_or_cut(server, body: bytes) -> int:
    try:
        return ask(server, "pad.sites.test", method="POST", body=body).status
    except (BrokenPipeError, ConnectionResetError, ssl.SSLError):
        return 0  # the proxy need not read what it refused


def test_headers_that_are_too_long_are_refused(routed):
    assert ask(routed, "pad.sites.test", headers={"X-Long": "x" * 60_000}).status == 431


def test_an_answer_arrives_piece_by_piece_and_survives_a_change(routed, pad):
    with connect(routed, "pad.sites.test") as connection:
        connection.sendall(b"GET /slowly HTTP/1.1\r\nHost: pad.sites.test\r\n\r\n")
        received = b""
        while b"data: one" not in received:
            received += connection.recv(1000)
        routed.proxy.push([_to("s-pad", pad)])
        routed.proxy.put(Route("s-held", ("held.sites.test",), own=True))
        pad.go_on.set()
        while b"data: two" not in received:
            more = connection.recv(1000)
            assert more
            received += more


def test_a_websocket_passes_and_survives_a_change(routed, pad):
    with connect(routed, "pad.sites.test") as connection:
        connection.sendall(
            b"GET /socket HTTP/1.1\r\nHost: pad.sites.test\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 101")
        connection.sendall(b"before")
        assert connection.recv(100) == b"before"
        routed.proxy.push([])
        connection.sendall(b"after")
        assert connection.recv(100) == b"after"


def test_visitors_who_arrive_while_everything_is_pushed_are_answered(routed, pad):
    """A connection that was not read yet may be closed with the listener it came to: nothing was asked, any browser tries again."""
    answers: list[object] = []
    stop = threading.Event()

    def visit() -> None:
        while not stop.is_set():
            try:
                answers.append(ask(routed, "pad.sites.test").status)
            except OSError as error:
                answers.append(error)

    visitors = [threading.Thread(target=visit) for _ in range(3)]
    for visitor in visitors:
        visitor.start()
    for number in range(12):
        routed.proxy.push([_to("s-pad", pad), Route(f"s-{number}", (f"n{number}.sites.test",), own=True)])
        time.sleep(0.1)
    stop.set()
    for visitor in visitors:
        visitor.join()
    assert set(answers) == {200}
    assert len(answers) > 20


def test_one_of_several_applications_may_be_gone(routed, pad):
    (nobody,) = free_ports(1)
    upstreams = (Upstream("127.0.0.1", nobody), Upstream("127.0.0.1", pad.port))
    routed.proxy.put(Route("s-pad", ("pad.sites.test",), upstreams, own=True))
    assert [ask(routed, "pad.sites.test").status for _ in range(8)] == [200] * 8


def test_an_application_that_does_not_answer_is_said_so_and_no_visitor_is_named(routed):
    (nobody,) = free_ports(1)
    routed.proxy.put(Route("s-down", ("down.test",), (Upstream("127.0.0.1", nobody),), own=True))
    answer = ask(routed, "down.test", "/private?secret=1", headers={"Cookie": "session=private"})
    assert (answer.status, answer.body) == (502, pages.trouble("fr"))
    log = routed.log.read_text()
    assert {
        word for word in ("session=private", "secret=1", "/private", '"remote_ip":"127.0.0.1"') if word in log
    } == set()


def test_there_is_no_log_of_visits(routed):
    ask(routed, "pad.sites.test", "/a-page-somebody-read")
    assert "a-page-somebody-read" not in routed.log.read_text()


def test_after_a_restart_it_is_empty_until_everything_is_pushed_again(tmp_path, archipel, pad):
    archipel.allowed = {"pad.sites.test"}
    with caddy(tmp_path, f"http://127.0.0.1:{archipel.port}/known") as server:
        route = _to("s-pad", pad)
        server.proxy.push([route])
        assert ask(server, "pad.sites.test").status == 200
        server.restart()
        assert server.proxy.serves() == {}
        with pytest.raises(OSError):
            ask(server, "pad.sites.test")
        server.proxy.push([route])
        assert server.proxy.serves() == {"s-pad": digest_of_route(route)}
        assert ask(server, "pad.sites.test").status == 200
