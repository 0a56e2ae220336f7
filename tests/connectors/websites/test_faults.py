# SPDX-License-Identifier: AGPL-3.0-or-later
"""The store falls silent, refuses or is full at each single call: the site stays whole, and calling again completes."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from archipel.connectors.websites.connector import WebsitesConnector
from archipel.connectors.websites.fake import FakeWebsites, FaultyStore, MemoryStore
from archipel.connectors.websites.folder import FolderStore
from archipel.connectors.websites.store import Store
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.spaces.ports import HoldNotice
from tests.connectors.websites.conftest import a_spec, publish, stored, zipped

ONE = {"index.html": b"one", "common.css": b"css"}
TWO = {"index.html": b"two", "new.html": b"new", "common.css": b"css"}
FAULTS = ["silent", "refusing", "full", "lost"]
HOLD = HoldNotice("suspended", "fr", "La Contre-Mer", "contact@host.example")
Act = Callable[[WebsitesConnector, str], object]


@pytest.fixture(params=["memory", "folder"])
def fresh(request, tmp_path) -> Callable[[], tuple[WebsitesConnector, FaultyStore, str]]:
    """Return what opens a new site that shows ``ONE``, has ``TWO`` staged and its own faults to order."""

    def build(name: str) -> Store:
        return MemoryStore() if request.param == "memory" else FolderStore(tmp_path / name)

    def one() -> tuple[WebsitesConnector, FaultyStore, str]:
        spec = a_spec()
        faults = FaultyStore(build(spec.space_id))
        websites = WebsitesConnector(faults, lambda: datetime.now(UTC), grace=-2)
        websites.open(spec)
        publish(websites, spec.space_id, "v1", ONE)
        websites.stage_zip(spec.space_id, "u2", zipped(TWO))
        return websites, faults, spec.space_id

    return one


def each_call(fresh, act: Act) -> list[tuple[WebsitesConnector, FaultyStore, str, int]]:
    websites, faults, space_id = fresh()
    faults.heal()
    act(websites, space_id)
    return [(*fresh(), nth) for nth in range(1, len(faults.calls) + 1)]


def fails(act: Act, websites: WebsitesConnector, space_id: str) -> bool:
    try:
        act(websites, space_id)
    except (TryLater, RefusedOutside):
        return True
    return False


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("times", [1, 1_000_000])
def test_publishing_survives_a_fault_at_each_call(fresh, fault, times):
    def act(websites: WebsitesConnector, space_id: str) -> None:
        websites.publish(space_id, "u2", "v2")

    calls = each_call(fresh, act)
    failed = 0
    for websites, faults, space_id, nth in calls:
        faults.fail(fault, nth=nth, times=times)
        failed += fails(act, websites, space_id)
        faults.heal()

        online = websites.online(space_id)
        assert stored(websites, space_id, str(online)) == {"v1": ONE, "v2": TWO}[str(online)]
        assert stored(websites, space_id, "v1") == ONE
        act(websites, space_id)
        assert websites.online(space_id) == "v2"
        assert stored(websites, space_id, "v2") == TWO
        assert [version.version_id for version in websites.versions(space_id)] == ["v2", "v1"]
        assert websites.staged(space_id, "u2") == (0, 0)
    # The list of files, the record, the swap at least: a fault there must not be swallowed.
    assert failed >= 2
    assert len(calls) >= 8


@pytest.mark.parametrize("fault", FAULTS)
def test_staging_a_zip_survives_a_fault_at_each_call(fresh, fault):
    def act(websites: WebsitesConnector, space_id: str) -> None:
        websites.stage_zip(space_id, "u3", zipped(TWO))

    for websites, faults, space_id, nth in each_call(fresh, act):
        faults.fail(fault, nth=nth)
        failed = fails(act, websites, space_id)
        faults.heal()

        if failed and fault != "lost":
            assert websites.staged(space_id, "u3") == (0, 0)
        act(websites, space_id)
        assert websites.staged(space_id, "u3") == (3, 9)
        websites.publish(space_id, "u3", "v3")
        assert stored(websites, space_id, "v3") == TWO


@pytest.mark.parametrize("fault", FAULTS)
def test_staging_a_file_survives_a_fault_at_each_call(fresh, fault):
    def act(websites: WebsitesConnector, space_id: str) -> None:
        websites.stage_file(space_id, "u3", "index.html", io.BytesIO(b"three"))

    for websites, faults, space_id, nth in each_call(fresh, act):
        faults.fail(fault, nth=nth)
        fails(act, websites, space_id)
        faults.heal()

        act(websites, space_id)
        websites.publish(space_id, "u3", "v3")
        assert stored(websites, space_id, "v3") == {"index.html": b"three"}


@pytest.mark.parametrize("fault", FAULTS)
def test_opening_survives_a_fault_at_each_call(fault):
    spec = a_spec()
    calls = FakeWebsites()
    calls.open(spec)
    for nth in range(1, len(calls.faults.calls) + 1):
        websites = FakeWebsites()
        websites.faults.fail(fault, nth=nth)
        fails(lambda websites, _: websites.open(spec), websites, spec.space_id)
        websites.faults.heal()

        websites.open(spec)
        assert websites.health(spec.space_id).detail == "shows its first page"


@pytest.mark.parametrize("fault", FAULTS)
def test_closing_survives_a_fault_at_each_call(fresh, fault):
    def act(websites: WebsitesConnector, space_id: str) -> None:
        websites.close(space_id)

    for websites, faults, space_id, nth in each_call(fresh, act):
        faults.fail(fault, nth=nth)
        fails(act, websites, space_id)
        faults.heal()

        act(websites, space_id)
        assert websites.close(space_id) == 0
        assert list(faults.list("spaces/")) == []
        assert list(faults.list("addresses/")) == []


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("name", ["hold", "release", "set_quota", "restore_version", "restore"])
def test_changing_survives_a_fault_at_each_call(fresh, tmp_path, fault, name):
    given = {
        "hold": (HOLD,),
        "release": (),
        "set_quota": (12,),
        "restore_version": ("v1",),
        "restore": (tmp_path / "bundle",),
    }

    def act(websites: WebsitesConnector, space_id: str) -> None:
        getattr(websites, name)(space_id, *given[name])

    websites, _, space_id = fresh()
    websites.export(space_id, tmp_path / "bundle")
    for websites, faults, space_id, nth in each_call(fresh, act):
        websites.publish(space_id, "u2", "v2")
        faults.fail(fault, nth=nth)
        fails(act, websites, space_id)
        faults.heal()

        act(websites, space_id)
        online = websites.online(space_id)
        # What was taken from another space comes back as a version of its own.
        expected = {"restore_version": "v1", "restore": online}.get(name, "v2")
        assert (online, online in {"v1", "v2"}) == (expected, name != "restore")
        assert stored(websites, space_id, online) == (ONE if name in {"restore_version", "restore"} else TWO)


def test_health_tells_a_silent_store_instead_of_failing():
    websites = FakeWebsites()
    spec = a_spec()
    websites.open(spec)
    websites.faults.fail("silent")

    assert websites.health(spec.space_id).ok is False
    websites.faults.heal()
    assert websites.health(spec.space_id).ok is True


def test_export_of_a_damaged_site_is_refused(tmp_path: Path):
    websites = FakeWebsites()
    spec = a_spec()
    websites.open(spec)
    publish(websites, spec.space_id, "v1", {"index.html": b"good"})
    (blob,) = websites.store.list(f"spaces/{spec.space_id}/blobs/")
    websites.store.put(blob.key, b"evil")

    with pytest.raises(RefusedOutside) as refused:
        websites.export(spec.space_id, tmp_path)
    assert refused.value.code == "damaged"
