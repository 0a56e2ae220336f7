# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archipel.kernel import clock
from archipel.kernel.outside import TryLater
from archipel.outbox.worker import drain
from archipel.spaces import operations, queries, wiring
from archipel.spaces.models import Address, Domain, Space
from archipel.spaces.ports import HoldNotice, Route, Upstream, digest_of_route
from archipel.spaces.queries import routing
from tests import factories
from tests.spaces import proxies

pytestmark = pytest.mark.django_db
WEB = (Upstream("127.0.0.1", 8000), Upstream("127.0.0.1", 8001))
SITES = "pages.example"
PORTAL = Route("portal", (SITES, "testserver"), WEB)
WEBSITES = Route("websites", (f"*.{SITES}",), WEB, own=True)


@pytest.fixture(autouse=True)
def proxy(settings, websites, host):
    settings.SPACE_CONNECTORS = {**settings.SPACE_CONNECTORS, "pads": "tests.spaces.proxies.containers"}
    settings.PROXY = "tests.spaces.proxies.proxy"
    settings.BEHIND_PROXY_OF_OURS = True
    settings.WEB_UPSTREAMS = ["127.0.0.1:8000", "127.0.0.1:8001"]
    settings.ROUTE_BY = "names"
    wiring.connector_named.cache_clear()
    proxies.renew_containers()
    return proxies.renew()


@pytest.fixture
def pad(trois_ponts):
    return factories.space(trois_ponts, "pad", connector="pads", title="Notes")


def _domain(space, name="www.trois-ponts.example", state="enabled", **values) -> Domain:
    values = {"enabled_at": clock.now() if state == "enabled" else None, **values}
    return Domain.objects.create(
        space=space, name=name, registrable="trois-ponts.example", state=state, secret="x", added_at=clock.now(),
        since=clock.now(), **values,
    )  # fmt: skip


def _of(space) -> dict[str, Route]:
    return {route.id: route for route in queries.routing.routes_of(space.public_id)}


def _pad_route(pad) -> Route:
    names = (pad.address.name,)
    return Route(f"s-{pad.public_id}", names, (Upstream(f"tasks.s-{pad.public_id}_app", 80),), own=True)


def test_the_portal_and_all_websites_are_led_to_archipel(host, site):
    assert list(routing.routes()) == [PORTAL, WEBSITES]


def test_a_space_in_containers_is_led_to_by_the_engines_names(pad):
    assert list(routing.routes()) == [PORTAL, WEBSITES, _pad_route(pad)]


def test_a_space_in_containers_is_led_to_by_addresses(settings, pad):
    settings.ROUTE_BY, proxies.containers().by_names = "addresses", False
    assert _of(pad)[f"s-{pad.public_id}"].upstreams == (Upstream("10.0.0.7", 8080),)
    assert proxies.containers().asked == [pad.public_id]


@pytest.mark.parametrize("state", ["closed", "deleted"])
def test_what_is_not_shown_has_no_route(pad, state):
    Space.objects.filter(pk=pad.pk).update(state=state)
    assert _of(pad) == {}


def test_address_of_an_application_leads_to_it_before_its_people_are_told(pad):
    Space.objects.filter(pk=pad.pk).update(state="opening", opened_at=None)
    assert (_of(pad), routing.is_known(pad.address.name)) == ({f"s-{pad.public_id}": _pad_route(pad)}, True)


@pytest.mark.parametrize(
    ("holds", "state", "cause"),
    [
        ([("unpaid", "suspended")], "open", "host"),
        ([("own_wish", "suspended"), ("unpaid", "read_only")], "open", "own_wish"),
        ([], "closing", "closing"),
        ([("abuse", "suspended")], "closing", "host"),
    ],
)
def test_a_space_held_back_answers_whom_to_write_to(pad, staff, holds, state, cause):
    for kind, effect in holds:
        operations.place_hold(space=pad, kind=kind, effect=effect, reason="x", by=staff)
    Space.objects.filter(pk=pad.pk).update(state=state)
    notice = HoldNotice("suspended", "fr", "L’Escale", "bonjour@lescale.example", cause)
    assert _of(pad) == {f"s-{pad.public_id}": Route(f"s-{pad.public_id}", (pad.address.name,), notice=notice, own=True)}


def test_a_read_only_space_is_shown(pad, staff):
    operations.place_hold(space=pad, kind="unpaid", effect="read_only", reason="x", by=staff)
    assert _of(pad) == {f"s-{pad.public_id}": _pad_route(pad)}


def test_a_main_domain_shows_the_website_and_its_address_leads_there(site):
    domain = _domain(site, main=True)
    other = _domain(site, "trois-ponts.example")
    assert list(_of(site).values()) == [
        Route(f"s-{site.public_id}", (site.address.name,), own=True, moved_to="www.trois-ponts.example"),
        Route(f"d-{domain.public_id}", ("www.trois-ponts.example",), WEB, own=True, asked_as=site.address.name),
        Route(f"d-{other.public_id}", ("trois-ponts.example",), own=True, moved_to="www.trois-ponts.example"),
    ]


def test_a_domain_that_is_not_the_main_one_leads_to_the_address(site, pad):
    domain, of_pad = _domain(site), _domain(pad, "notes.trois-ponts.example")
    assert _of(site) == {
        f"d-{domain.public_id}": Route(f"d-{domain.public_id}", (domain.name,), own=True, moved_to=site.address.name)
    }
    assert _of(pad)[f"d-{of_pad.public_id}"].moved_to == pad.address.name


def test_a_main_domain_whose_records_broke_leads_nobody_away(site):
    _domain(site, state="action_required", main=True, enabled_at=clock.now())
    assert [route.moved_to for route in _of(site).values()] == [site.address.name]


@pytest.mark.parametrize("state", ["pending", "action_required", "failed", "removed"])
def test_a_domain_that_never_worked_has_no_route_and_no_certificate(site, state):
    domain = _domain(site, state=state)
    assert _of(site) == {}
    assert not queries.is_known(domain.name)


def test_routes_take_as_many_queries_for_many_spaces_as_for_few(trois_ponts, site, pad, staff):
    _domain(site, main=True)
    with CaptureQueriesContext(
        connection,
    ) as few:
        assert len(list(routing.routes())) == 5
    for number in range(30):
        more = factories.space(trois_ponts, f"pad-{number}", connector="pads")
        _domain(more, f"n{number}.trois-ponts.example")
        operations.place_hold(space=more, kind="unpaid", effect="suspended", reason="x", by=staff)
    with CaptureQueriesContext(connection) as many:
        assert len(list(routing.routes())) == 65
    assert len(many) == len(few) == 3


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("testserver", True),
        (SITES, True),
        (f"trois-ponts.{SITES}", True),
        (f"personne.{SITES}", False),
        ("lescale.example", False),
        ("", False),
    ],
)
def test_known_names_are_those_of_the_host_and_of_what_is_shown(site, name, known):
    assert queries.is_known(name) is known


def test_names_of_what_is_held_back_are_known_those_of_what_is_gone_are_not(site, staff):
    domain = _domain(site)
    operations.place_hold(space=site, kind="abuse", effect="suspended", reason="x", by=staff)
    assert (queries.is_known(site.address.name), queries.is_known(domain.name)) == (True, True)
    Space.objects.filter(pk=site.pk).update(state="closed")
    assert (queries.is_known(site.address.name), queries.is_known(domain.name)) == (False, False)


def test_a_change_reaches_the_proxy(proxy, pad, staff):
    operations.compare_routes()
    hold = operations.place_hold(space=pad, kind="unpaid", effect="suspended", reason="x", by=staff)
    drain()
    assert proxy.routes[f"s-{pad.public_id}"].notice is not None
    operations.lift_hold(hold=hold, by=staff)
    drain()
    assert proxy.routes[f"s-{pad.public_id}"] == _pad_route(pad)


def test_an_opening_and_a_deletion_reach_the_proxy(proxy, pad, alice):
    operations.compare_routes()
    proxy.drop(f"s-{pad.public_id}")
    Space.objects.filter(pk=pad.pk).update(state="opening", opened_at=None)
    pad.refresh_from_db()
    operations.mark_opened(space=pad, person=alice)
    drain()
    assert proxy.routes[f"s-{pad.public_id}"] == _pad_route(pad)
    domain = _domain(pad)
    Space.objects.filter(pk=pad.pk).update(state="closed")
    operations.mark_deleted(space=pad, objects=0, counted={})
    drain()
    domain.refresh_from_db()
    assert (set(proxy.routes), domain.state) == ({"portal", "websites"}, "removed")


def test_a_proxy_that_started_empty_is_told_everything_at_once(proxy, pad):
    assert operations.compare_routes() == 3
    assert proxy.calls == ["serves", "push"]
    assert proxy.routes == {route.id: route for route in (PORTAL, WEBSITES, _pad_route(pad))}


def test_a_difference_is_put_right_alone(proxy, pad):
    operations.compare_routes()
    del proxy.routes["websites"]
    proxy.routes["s-gone"] = Route("s-gone", ("gone.example",))
    proxy.calls.clear()
    assert operations.compare_routes() == 2
    assert proxy.calls == ["serves", "put websites", "drop s-gone"]
    assert operations.compare_routes() == 0
    assert proxy.calls[3:] == ["serves"]


def test_many_differences_are_put_right_by_one_push(proxy, trois_ponts):
    operations.compare_routes()
    for number in range(21):
        factories.space(trois_ponts, f"pad-{number}", connector="pads")
    proxy.calls.clear()
    assert operations.compare_routes() == 21
    assert proxy.calls == ["serves", "push"]
    assert proxy.serves() == {route.id: digest_of_route(route) for route in routing.routes()}


@pytest.mark.parametrize("fault", ["silent", "lost", "refusing"])
def test_a_fault_of_the_proxy_is_made_good_a_minute_later(proxy, pad, fault):
    for position in range(2):
        proxy.restart()
        proxy.faults = [*[""] * position, fault]
        with pytest.raises(Exception, match=r"did not answer|refused"):
            operations.compare_routes()
        operations.compare_routes()
        assert proxy.serves() == {route.id: digest_of_route(route) for route in routing.routes()}


def test_a_change_that_meets_an_empty_proxy_is_made_good(proxy, pad):
    with pytest.raises(TryLater):
        operations.push_routes_of(space_id=pad.public_id)
    operations.compare_routes()
    assert operations.push_routes_of(space_id=pad.public_id) == 1


def test_an_engine_that_is_silent_takes_no_route_away_and_is_asked_once(proxy, settings, pad, trois_ponts, site):
    settings.ROUTE_BY, proxies.containers().by_names = "addresses", False
    other = factories.space(trois_ponts, "pad-2", connector="pads")
    operations.compare_routes()
    before = dict(proxy.routes)
    assert len(before) == 4
    proxies.containers().silent = True
    proxies.containers().asked.clear()
    domain = _domain(site, main=True)
    assert operations.compare_routes() == 2
    assert proxies.containers().asked == [pad.public_id]
    assert set(proxy.routes) == {*before, f"s-{site.public_id}", f"d-{domain.public_id}"}
    with pytest.raises(TryLater):
        operations.push_routes_of(space_id=other.public_id)
    assert proxy.routes[f"s-{other.public_id}"] == before[f"s-{other.public_id}"]
    proxy.restart()
    operations.compare_routes()
    assert set(proxy.routes) == {"portal", "websites", f"s-{site.public_id}", f"d-{domain.public_id}"}
    proxies.containers().silent = False
    operations.compare_routes()
    assert len(proxy.routes) == 6


def test_without_a_proxy_nothing_is_told_and_nothing_waits(settings, pad, staff):
    settings.PROXY, settings.BEHIND_PROXY_OF_OURS = "archipel.config.proxy.proxy", False
    operations.place_hold(space=pad, kind="unpaid", effect="read_only", reason="x", by=staff)
    assert (operations.compare_routes(), operations.push_routes_of(space_id=pad.public_id)) == (0, 0)
    from archipel.outbox.models import Job

    assert not Job.objects.filter(name__endswith="route_space").exists()


def test_before_set_up_nothing_is_routed(proxy):
    from archipel.host import queries as host_queries
    from archipel.host.models import Host

    Host.objects.all().delete()
    host_queries.forget_remembered()
    assert [route.id for route in routing.own_routes()] == []


def test_an_address_without_a_space_is_not_known(host):
    Address.objects.create(name=f"reserve.{SITES}", reserved_for="2345")
    assert not queries.is_known(f"reserve.{SITES}")
