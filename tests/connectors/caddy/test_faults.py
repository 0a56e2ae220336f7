# SPDX-License-Identifier: AGPL-3.0-or-later
"""Each call of each act meets a fault; then visitors see the state before or after, and the same act again completes."""

from __future__ import annotations

import socket
import threading
from dataclasses import replace

import pytest

from archipel.connectors.caddy.client import AdminClient, Reply, Stale
from archipel.connectors.caddy.configuration import TABLE
from archipel.connectors.caddy.connector import CaddyProxy
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.spaces.ports import Route, Upstream, digest_of_route
from tests.connectors.caddy.servers import caddy

pytestmark = pytest.mark.server
WEB = (Upstream("127.0.0.1", 8001), Upstream("127.0.0.1", 8002))
PAD = Route("s-pad", ("pad.sites.test",), WEB[:1], own=True)
CLOUD = Route("s-cloud", ("cloud.sites.test",), WEB[1:], own=True)
MANY = Route("portal", ("escale.test",), WEB)


class FaultyClient(AdminClient):
    """Meets a fault at the call of a given number, counted from 0."""

    def __init__(self, place: str, at: int = -1, kind: str = "") -> None:
        super().__init__(place, seconds=20)
        self.calls = 0
        self._at, self._kind = at, kind

    def send(self, method: str, path: str, body=None, *, etag: str = "") -> Reply:
        number, self.calls = self.calls, self.calls + 1
        if number != self._at:
            return super().send(method, path, body, etag=etag)
        if self._kind == "refusing":
            raise RefusedOutside("bad_input", "no")
        if self._kind == "lost":
            super().send(method, path, body, etag=etag)
        raise TryLater("silent")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with caddy(tmp_path_factory.mktemp("caddy"), "http://127.0.0.1:9/known") as found:
        yield found


ACTS = {
    "push": lambda proxy: proxy.push([PAD, MANY]),
    "put": lambda proxy: proxy.put(PAD),
    "put a pool": lambda proxy: proxy.put(MANY),
    "replace": lambda proxy: proxy.put(Route("s-cloud", ("cloud.sites.test",), WEB[:1], own=True)),
    "drop": lambda proxy: proxy.drop("s-cloud"),
}


def _calls_of(server, act) -> int:
    server.proxy.push([CLOUD])
    client = FaultyClient(server.standing.admin)
    act(CaddyProxy(server.standing, client=client))
    return client.calls


@pytest.mark.parametrize("name", ACTS)
@pytest.mark.parametrize("kind", ["silent", "lost", "refusing"])
def test_a_fault_leaves_the_state_before_or_after(server, name, kind):
    act, calls = ACTS[name], _calls_of(server, ACTS[name])
    after = server.proxy.serves()
    assert calls > 1
    for at in range(calls):
        server.proxy.push([CLOUD])
        before = server.proxy.serves()
        with pytest.raises((TryLater, RefusedOutside)):
            act(CaddyProxy(server.standing, client=FaultyClient(server.standing.admin, at, kind)))
        assert server.proxy.serves() in (before, after)
        act(server.proxy)
        assert server.proxy.serves() == after


class Meddling(AdminClient):
    """Somebody else changes something between what is read and what is written, once."""

    def __init__(self, place: str, meddle) -> None:
        super().__init__(place, seconds=20)
        self._meddle = meddle

    def send(self, method: str, path: str, body=None, *, etag: str = "") -> Reply:
        if method != "GET" and self._meddle:
            meddle, self._meddle = self._meddle, None
            meddle()
        return super().send(method, path, body, etag=etag)


def _meddled(server, meddle) -> CaddyProxy:
    return CaddyProxy(server.standing, client=Meddling(server.standing.admin, meddle))


def test_a_push_never_overwrites_what_another_worker_just_pushed(server):
    server.proxy.push([CLOUD])
    with pytest.raises(Stale):
        _meddled(server, lambda: server.proxy.push([PAD])).push([CLOUD, MANY])
    assert server.proxy.serves() == {"s-pad": digest_of_route(PAD)}


def test_a_line_that_moved_in_the_table_is_read_again(server):
    server.proxy.push([PAD, CLOUD])
    other = Route("s-other", ("other.sites.test",), WEB[:1], own=True)
    _meddled(server, lambda: server.proxy.put(other)).drop("s-cloud")
    assert server.proxy.serves() == {one.id: digest_of_route(one) for one in (PAD, other)}
    changed = Route("s-pad", ("pad.sites.test",), WEB[1:], own=True)
    _meddled(server, lambda: server.proxy.drop("s-other")).put(changed)
    assert server.proxy.serves() == {"s-pad": digest_of_route(changed)}


def test_two_workers_add_the_same_route_once(server):
    server.proxy.push([])
    _meddled(server, lambda: server.proxy.put(PAD)).put(PAD)
    assert [line["@id"] for line in server.client.read(f"/id/{TABLE}/mappings").body] == ["s-pad"]


def test_a_proxy_that_is_not_there_is_asked_again_later(tmp_path):
    with pytest.raises(TryLater, match="FileNotFoundError"):
        AdminClient(f"unix/{tmp_path}/nothing").read("/config/")


def test_a_configuration_that_caddy_does_not_accept_is_refused(server):
    server.proxy.push([PAD])
    with pytest.raises(RefusedOutside) as refused:
        server.client.send(
            "POST", "/config/", {"admin": {"listen": server.standing.admin}, "apps": {"http": {"nonsense": 1}}}
        )
    assert refused.value.code == "bad_input"
    assert server.proxy.serves() == {"s-pad": digest_of_route(PAD)}


@pytest.mark.parametrize(("broken", "reads"), [(3, True), (4, False)])
def test_a_connection_that_breaks_while_caddy_changes_its_server_is_opened_again(broken, reads):
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}"
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for number in range(broken + 1):
                taken, _ = listening.accept()
                with taken:
                    taken.recv(4096)
                    if number == broken:
                        taken.sendall(answer)

        threading.Thread(target=serve, daemon=True).start()
        client = AdminClient(f"127.0.0.1:{listening.getsockname()[1]}", seconds=5)
        if reads:
            assert client.read("/config/").body == {}
        else:
            with pytest.raises(TryLater, match="RemoteDisconnected"):
                client.read("/config/")


def test_a_proxy_that_was_told_to_stand_otherwise_is_told_everything_again(server):
    server.proxy.push([PAD])
    for change in ({"language": "en"}, {"issuer": "acme", "permission_url": ""}, {"largest_body": 4096}):
        after = CaddyProxy(replace(server.standing, **change), client=server.client)
        assert after.serves() == {}
        after.push([PAD])
        assert after.serves() == {"s-pad": digest_of_route(PAD)}
        assert server.proxy.serves() == {}
