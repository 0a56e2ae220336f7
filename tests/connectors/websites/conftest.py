# SPDX-License-Identifier: AGPL-3.0-or-later
"""One connector on each kind of store, and small sites to publish."""

from __future__ import annotations

import io
import itertools
import uuid
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import settings

from archipel.connectors.websites.connector import WebsitesConnector
from archipel.connectors.websites.fake import FakeWebsites, MemoryStore
from archipel.connectors.websites.folder import FolderStore
from archipel.connectors.websites.serving import SitesApplication
from archipel.kernel.outside import RefusedOutside
from archipel.spaces.ports import SpaceSpec
from tests.connectors.websites import servers
from tests.connectors.websites.browsing import PAGES, Site

SITE = {"index.html": b"<h1>Bonjour</h1>", "css/style.css": b"h1{color:teal}", "à propos/équipe.html": b"nous"}
# The same examples each time: a test that fails must fail for everyone.
steady = settings(deadline=None, derandomize=True)

STORES = [
    "fake",
    "folder",
    pytest.param("moto", marks=pytest.mark.server),
    pytest.param("seaweedfs", marks=[pytest.mark.server, pytest.mark.slow]),
]


@pytest.fixture(scope="session")
def moto_port():
    with servers.moto() as port:
        yield port


@pytest.fixture(scope="session")
def seaweedfs_port(tmp_path_factory):
    with servers.seaweedfs(tmp_path_factory.mktemp("seaweedfs")) as port:
        yield port


@pytest.fixture
def clock() -> Callable[[], datetime]:
    """Every look at the clock is one minute later."""
    minutes = itertools.count()
    return lambda: datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(minutes=next(minutes))


@pytest.fixture(params=STORES)
def make(request, tmp_path, clock) -> Callable[..., WebsitesConnector]:
    """Return what makes a connector; a second one shares the store of the first, as another process would."""
    if request.param == "fake":
        first = FakeWebsites(clock)
        return lambda **given: WebsitesConnector(first.store, clock, **given)
    if request.param == "folder":
        return lambda **given: WebsitesConnector(FolderStore(tmp_path / "websites"), clock, **given)
    store = servers.store_at(request.getfixturevalue(f"{request.param}_port"), "websites")
    store.ensure_bucket()
    return lambda **given: WebsitesConnector(store, clock, **given)


@pytest.fixture
def websites(make) -> WebsitesConnector:
    return make()


@pytest.fixture
def spec() -> SpaceSpec:
    return a_spec()


def a_spec(**given: object) -> SpaceSpec:
    """A specification of its own: stores of servers are shared by the tests of a session."""
    name = uuid.uuid4().hex[:12]
    told = {"title": "La ressourcerie", "language": "fr", "quota": 100_000, "address": f"s{name}.sites.example"}
    return SpaceSpec(**({"space_id": f"space-{name}"} | told | given))  # type: ignore[arg-type]


def zipped(files: Mapping[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> io.BytesIO:
    """Pack files as an honest tool would."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    packed.seek(0)
    return packed


def publish(websites: WebsitesConnector, space_id: str, version_id: str, files: Mapping[str, bytes]) -> None:
    """Put these files online, one by one."""
    for path, content in files.items():
        websites.stage_file(space_id, f"upload-{version_id}", path, io.BytesIO(content))
    websites.publish(space_id, f"upload-{version_id}", version_id)


def stored(websites: WebsitesConnector, space_id: str, version_id: str) -> dict[str, bytes]:
    """Read back every file of a version."""
    shown = {}
    for path, (sha256, _) in websites._files(space_id, version_id).items():
        with websites.store.open(f"spaces/{space_id}/blobs/{sha256}") as content:
            shown[path] = content.read()
    return shown


def refusal(call, *given) -> str:
    """Return the code with which a call is refused."""
    with pytest.raises(RefusedOutside) as refused:
        call(*given)
    return refused.value.code


@pytest.fixture(params=["memory", "folder"])
def served_store(request, tmp_path):
    return MemoryStore() if request.param == "memory" else FolderStore(tmp_path)


@pytest.fixture
def opened(served_store) -> Site:
    spec = a_spec(title="La ressourcerie <des> Trois-Ponts", quota=None)
    websites = WebsitesConnector(served_store, lambda: datetime(2026, 3, 1, 12, 30, 15, tzinfo=UTC))
    websites.open(spec)
    application = SitesApplication(
        served_store, "sites.example", lambda address: f"https://portal.example/report/{address}"
    )
    return Site(websites, application, spec.space_id, spec.address)


@pytest.fixture
def site(opened) -> Site:
    publish(opened.websites, opened.space_id, "v1", PAGES)
    return opened
