# SPDX-License-Identifier: AGPL-3.0-or-later
"""One contract for the connector and its fake; the real one speaks to a real server on loopback."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import pytest

from archipel.connectors.backchannel.client import post_logout_token
from archipel.connectors.backchannel.connector import HttpLogout, on_this_machine
from archipel.connectors.backchannel.fake import FakeLogout
from archipel.kernel.outside import RefusedOutside, TryLater
from tests.conversations.dovecot import certificate


class Application:
    """Listens to logout tokens; ``status`` is what it answers, ``slow`` how many seconds it thinks first."""

    def __init__(self) -> None:
        self.received: list[str] = []
        self.status, self.slow = 200, 0.0
        told = self

        class Listener(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                time.sleep(told.slow)
                told.received += form["logout_token"]
                self.send_response(told.status)
                if told.status == 302:
                    self.send_header("Location", "/elsewhere")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *_: object) -> None:
                """Keep quiet."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
        self.address = f"http://127.0.0.1:{self.server.server_port}/backchannel"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def application():
    running = Application()
    yield running
    running.close()


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.server)])
def side(request):
    """The port, an address that listens, and how that address is made silent or refusing; then what it received."""
    if request.param == "fake":
        fake = FakeLogout()
        address = "https://nuage.example/backchannel"
        yield (
            fake,
            address,
            lambda: fake.silent.add(address),
            lambda: fake.refusing.add(address),
            lambda: [token for _address, token in fake.sent],
        )
        return
    running = request.getfixturevalue("application")

    def answers(status):
        return lambda: setattr(running, "status", status)

    yield HttpLogout(timeout=1.0), running.address, answers(503), answers(400), lambda: running.received


def test_a_token_is_handed_over_each_time(side):
    port, address, _silent, _refusing, received = side

    for _time in range(2):
        port.send(address, "head.body.sign")

    assert received() == ["head.body.sign"] * 2


def test_silence_is_tried_again_later(side):
    port, address, silent, _refusing, _received = side
    silent()

    with pytest.raises(TryLater):
        port.send(address, "head.body.sign")


def test_a_no_is_for_a_human(side):
    port, address, _silent, refusing, _received = side
    refusing()

    with pytest.raises(RefusedOutside) as caught:
        port.send(address, "head.body.sign")

    assert (caught.value.code, caught.value.about) == ("bad_input", address)


@pytest.mark.server
@pytest.mark.parametrize(
    ("status", "code"), [(404, "unknown"), (401, "forbidden"), (302, "bad_input"), (501, None), (429, None)]
)
def test_statuses_are_told_apart_and_no_redirection_is_followed(application, status, code):
    application.status = status

    with pytest.raises(RefusedOutside if code else TryLater) as caught:
        HttpLogout().send(application.address, "head.body.sign")

    assert getattr(caught.value, "code", None) == code
    assert len(application.received) == 1


@pytest.mark.server
def test_nobody_is_waited_for_long(application):
    application.slow = 3.0
    began = time.monotonic()

    with pytest.raises(TryLater):
        HttpLogout(timeout=0.2).send(application.address, "head.body.sign")

    assert time.monotonic() - began < 2


@pytest.mark.server
def test_a_closed_door_is_tried_again(application):
    application.close()

    with pytest.raises(TryLater):
        HttpLogout().send(application.address, "head.body.sign")


def test_nothing_leaves_the_machine_of_a_demonstration():
    with pytest.raises(RefusedOutside) as caught:
        HttpLogout(on_this_machine).send("https://nuage.example/backchannel", "head.body.sign")

    assert caught.value.code == "forbidden"


@pytest.mark.server
@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 400 No\r\nContent-Length: 4000\r\n\r\n"], ids=["head", "body"])
def test_attack_an_application_that_answers_a_byte_at_a_time_is_cut(start):
    """It would else hold the worker for hours: each byte comes before the timeout."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=_drip, args=(door, start), daemon=True).start()
        began = time.monotonic()
        with pytest.raises(TryLater):
            post_logout_token(f"http://127.0.0.1:{door.getsockname()[1]}/", "token", timeout=0.4)
        assert time.monotonic() - began < 3


def _drip(door, start):
    came, _address = door.accept()
    with came, suppress(OSError):
        came.sendall(start)
        for _turn in range(100):
            came.sendall(b"H")
            time.sleep(0.1)


@pytest.mark.server
def test_an_application_certified_by_the_hosts_own_authority_is_told_when_that_one_is_trusted(application, tmp_path):
    pem = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, tmp_path / "key.pem")
    application.server.socket = context.wrap_socket(application.server.socket, server_side=True)
    address = f"https://localhost:{application.server.server_port}/backchannel"

    with pytest.raises(TryLater):
        HttpLogout().send(address, "a-token")
    HttpLogout(authority=str(pem)).send(address, "a-token")

    assert application.received == ["a-token"]
