# SPDX-License-Identifier: AGPL-3.0-or-later
"""A fault at each call to the engine: nothing visible changed or everything did, and calling again completes."""

from __future__ import annotations

import copy

import pytest

from archipel.connectors.wordpress.client import Inside
from archipel.connectors.wordpress.fake import FakeWordPress, MemoryEngine
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines.ports import NO_IMAGE
from archipel.spaces.ports import HoldNotice
from tests.connectors.wordpress.sites import ALICE, BOB, open_site, spec

FAULTS = ("silent", "refusing", "lost")
HOST = "trois-ponts.sites.example"


def a_site(quota: int | None = 50_000_000) -> FakeWordPress:
    connector = FakeWordPress()
    open_site(connector, spec("one", HOST, quota=quota))
    connector.set_people("one", [ALICE, BOB])
    site = connector.site("one")
    site.posts = [["First", f"https://{HOST}/"]]
    site.files = {"2026/11/a.txt": b"a", "2026/11/b.txt": b"b" * 1000}
    return connector


def calls_of(connector: FakeWordPress, act) -> int:
    connector.engine.order(None)
    act()
    return connector.engine.calls


OPERATIONS = {
    "open": lambda c, _: c.open(spec("one", HOST, quota=50_000_000)),
    "upgrade": lambda c, _: c.upgrade(spec("one", HOST, quota=50_000_000)),
    "people": lambda c, _: c.set_people("one", [ALICE]),
    "quota": lambda c, _: c.set_quota("one", 1_000_000),
    "hold": lambda c, _: c.hold("one", HoldNotice("suspended", "fr", "Host", "a@host.example")),
    "release": lambda c, _: c.release("one"),
    "usage": lambda c, _: c.usage("one"),
    "told": lambda c, _: c.told("one"),
    "themes": lambda c, _: c.themes("one"),
    "theme": lambda c, _: c.activate_theme("one", "twentytwentyone"),
    "running": lambda c, _: c.running("one"),
    "upstreams": lambda c, _: c.upstreams("one"),
    "restore": lambda c, folder: c.restore("one", folder),
    "close": lambda c, _: c.close("one"),
    "leave": lambda c, _: c.leave("one", "machine-2"),
}


@pytest.fixture(scope="module")
def exported(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    a_site().export("one", folder)
    return folder


def everything(connector: FakeWordPress) -> tuple:
    return copy.deepcopy(connector.engine.sites), dict(connector.engine.stacks_put)


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_a_fault_at_any_call_says_so_and_calling_again_completes(name, fault, exported):
    act = OPERATIONS[name]
    right = a_site()
    right_by_address = right._by_names = False
    assert not right_by_address
    count = calls_of(right, lambda: act(right, exported))
    assert count >= 1
    for at in range(1, count + 1):
        connector = a_site()
        connector._by_names = False
        connector.engine.order(fault, at)
        with pytest.raises((TryLater, RefusedOutside)):
            act(connector, exported)
        connector.engine.order(None)
        act(connector, exported)
        assert everything(connector) == everything(right), (name, fault, at)


@pytest.mark.parametrize("fault", FAULTS)
def test_an_export_cut_short_is_no_export(fault, exported, tmp_path):
    right = a_site()
    count = calls_of(right, lambda: right.export("one", tmp_path))
    for at in range(1, count + 1):
        folder = tmp_path / f"at-{at}"
        folder.mkdir()
        right.engine.order(fault, at)
        with pytest.raises((TryLater, RefusedOutside)):
            right.export("one", folder)
        right.engine.order(None)
        with pytest.raises(RefusedOutside) as refused:
            right.restore("one", folder)
        assert refused.value.code == "bad_input"


@pytest.mark.parametrize("fault", FAULTS)
def test_health_never_raises(fault):
    connector = a_site()
    connector.engine.order(fault, 1)
    assert not connector.health("one").ok


def test_visitors_are_told_while_a_restoration_lasts(exported):
    connector = a_site()
    connector.engine.order("silent", 3)
    with pytest.raises(TryLater):
        connector.restore("one", exported)
    connector.engine.order(None)
    assert not connector.health("one").ok
    connector.restore("one", exported)
    assert connector.health("one").ok


def test_containers_that_are_not_up_yet_are_a_reason_to_wait():
    engine = MemoryEngine()
    engine.up = False
    connector = FakeWordPress(engine)
    connector.open(spec("one", HOST))
    assert connector.running("one").missing == {"app": "not up yet", "db": "not up yet"}
    assert connector.upstreams("one")[0].host == "tasks.s-one_app"
    with pytest.raises(TryLater):
        connector.set_people("one", [ALICE])
    engine.start("s-one")
    connector.set_people("one", [ALICE])
    assert connector.told("one").people == {"sub-alice": "referent"}


def test_a_container_that_ends_again_and_again_says_why():
    connector = a_site()
    connector.engine.broken = {"archipel/wordpress:6.1"}
    assert connector.running("one").missing == {"app": "the container ended"}
    assert connector.health("one").detail == "app: the container ended"


def test_an_image_that_is_not_there_is_refused():
    engine = MemoryEngine()
    engine.images = {"archipel/mariadb:10.11"}
    with pytest.raises(RefusedOutside) as refused:
        FakeWordPress(engine).open(spec("one", HOST))
    assert (refused.value.code, refused.value.about) == (NO_IMAGE, "archipel/wordpress:6.1")


def test_what_an_interrupted_opening_left_is_adopted_and_never_doubled():
    connector = a_site()
    connector.engine.order("lost", 1)
    with pytest.raises(TryLater):
        connector.open(spec("two", "deux.sites.example"))
    connector.engine.order(None)
    connector.open(spec("two", "deux.sites.example"))
    assert sorted(connector.engine.sites) == ["s-one", "s-two"]
    assert connector.running("one").as_put


def test_a_recipe_that_names_no_hook_for_what_is_asked_is_said_and_nothing_is_run():
    connector = FakeWordPress()
    connector.open(spec("hookless", "hookless.sites.example"))
    inside = Inside(connector.engine, "hookless", {})
    before = connector.engine.calls
    with pytest.raises(RefusedOutside) as refused:
        inside.ask("people", [])
    assert (refused.value.code, refused.value.about, connector.engine.calls) == ("bad_input", "people", before)
