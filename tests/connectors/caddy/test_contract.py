# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a proxy promises, on the fake and on a real Caddy."""

from __future__ import annotations

import pytest

from archipel.connectors.caddy.fake import FakeProxy
from archipel.kernel.outside import TryLater
from archipel.spaces.ports import HoldNotice, Route, Upstream, digest_of_route
from tests.connectors.caddy.servers import caddy

NOTICE = HoldNotice("suspended", "fr", "L’Escale", "bonjour@lescale.example")
PAD = Route("s-pad", ("pad.sites.test",), (Upstream("127.0.0.1", 9001),), own=True)
CLOUD = Route("s-cloud", ("cloud.sites.test", "nuage.asso.test"), (Upstream("127.0.0.1", 9002),), own=True)
HELD = Route("s-pad", ("pad.sites.test",), notice=NOTICE, own=True)
WEB = Route("websites", ("*.sites.test",), (Upstream("127.0.0.1", 8001), Upstream("127.0.0.1", 8002)), own=True)
PORTAL = Route("portal", ("escale.test",), (Upstream("127.0.0.1", 8001),))
MOVED = Route("s-cloud-moved", ("vieux.asso.test",), moved_to="nuage.asso.test", own=True)


@pytest.fixture(scope="module", params=["fake", "unix", "loopback"])
def server(request, tmp_path_factory):
    if request.param == "fake":
        yield None
    else:
        folder = tmp_path_factory.mktemp("caddy")
        with caddy(folder, "http://127.0.0.1:9/known", unix=request.param == "unix") as found:
            yield found


@pytest.fixture
def proxy(server):
    if server is None:
        return FakeProxy()
    server.client.send("POST", "/config/", {"admin": {"listen": server.standing.admin}})
    return server.proxy


def _digests(*routes: Route) -> dict[str, str]:
    return {route.id: digest_of_route(route) for route in routes}


pytestmark = pytest.mark.server


def test_a_new_proxy_serves_nothing(proxy):
    assert proxy.serves() == {}


def test_a_push_is_exactly_what_is_served(proxy):
    proxy.push([PAD, CLOUD, WEB, PORTAL, MOVED])
    assert proxy.serves() == _digests(PAD, CLOUD, WEB, PORTAL, MOVED)
    proxy.push([CLOUD, HELD])
    assert proxy.serves() == _digests(CLOUD, HELD)
    proxy.push([])
    assert proxy.serves() == {}


def test_a_push_twice_is_a_push(proxy):
    proxy.push([PAD, WEB])
    proxy.push([PAD, WEB])
    assert proxy.serves() == _digests(PAD, WEB)


def test_a_route_is_added_replaced_and_taken_away(proxy):
    proxy.push([PORTAL])
    proxy.put(PAD)
    assert proxy.serves() == _digests(PORTAL, PAD)
    proxy.put(HELD)
    assert proxy.serves() == _digests(PORTAL, HELD)
    proxy.put(HELD)
    assert proxy.serves() == _digests(PORTAL, HELD)
    proxy.drop("s-pad")
    assert proxy.serves() == _digests(PORTAL)
    proxy.drop("s-pad")
    assert proxy.serves() == _digests(PORTAL)


def test_every_kind_of_route_can_be_added_live(proxy):
    proxy.push([])
    for route in (PAD, CLOUD, WEB, PORTAL, MOVED):
        proxy.put(route)
    assert proxy.serves() == _digests(PAD, CLOUD, WEB, PORTAL, MOVED)
    proxy.put(Route("s-empty", ("vide.sites.test",), own=True))
    proxy.drop("websites")
    proxy.drop("portal")
    assert set(proxy.serves()) == {"s-pad", "s-cloud", "s-cloud-moved", "s-empty"}


def test_a_proxy_without_configuration_asks_to_be_told_everything(proxy):
    with pytest.raises(TryLater):
        proxy.put(PAD)
    with pytest.raises(TryLater):
        proxy.put(PORTAL)
    proxy.drop("s-pad")
    assert proxy.serves() == {}
