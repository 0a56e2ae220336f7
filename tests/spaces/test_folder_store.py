# SPDX-License-Identifier: AGPL-3.0-or-later
"""The whole life of a site on the real store of a small host, read back as a visitor reads it."""

from __future__ import annotations

from io import BytesIO
from wsgiref.util import setup_testing_defaults

import pytest

from archipel.connectors.websites.connector import WebsitesConnector
from archipel.connectors.websites.folder import FolderStore
from archipel.connectors.websites.serving import SitesApplication
from archipel.kernel import clock
from archipel.outbox.worker import drain
from archipel.spaces import operations
from archipel.spaces.models import Closing, Publication, Space
from archipel.spaces.refusals import PublishRefused
from tests import factories
from tests.spaces import websites as fakes

pytestmark = pytest.mark.django_db


@pytest.fixture
def visit(websites, tmp_path):
    """Put the store in a folder, and read a page of the site at an address: (status, body)."""
    store = FolderStore(tmp_path / "websites")
    fakes.put(WebsitesConnector(store, clock.now))
    application = SitesApplication(store, sites_domain="pages.example", report_url=lambda name: f"/report/{name}/")

    def read(path: str = "/", address: str = "trois-ponts.pages.example") -> tuple[int, bytes]:
        seen: list[str] = []
        environ = {"HTTP_HOST": address, "PATH_INFO": path, "wsgi.input": BytesIO()}
        setup_testing_defaults(environ)
        body = b"".join(application(environ, lambda status, _headers, *_: seen.append(status)))
        return int(seen[0].split()[0]), body

    return read


def test_life_of_a_site_as_its_visitors_see_it(visit, host, trois_ponts, alice, bob, staff):
    agreement = factories.agreement(trois_ponts, factories.website_service(), state="agreed", agreed_by=alice)
    space = operations.open_space(
        organisation=trois_ponts,
        service=factories.website_service(),
        agreement=agreement,
        title="Site des Trois-Ponts",
        label="trois-ponts",
        quota_bytes=1000,
        language="fr",
    )
    assert visit()[0] == 404
    drain(raise_errors=False)
    space.refresh_from_db()
    assert (space.state, visit()[0]) == ("open", 200)

    first = operations.publish_zip(space=space, archive=factories.zip_of({"index.html": b"un"}), person=bob)
    operations.publish_zip(space=space, archive=factories.zip_of({"index.html": b"deux"}), person=bob)
    assert visit() == (200, b"deux")
    with pytest.raises(PublishRefused):
        operations.publish_zip(space=space, archive=factories.zip_of({"index.html": b"x" * 1001}), person=bob)
    assert visit() == (200, b"deux")
    first.refresh_from_db()
    operations.restore_version(version=first, person=alice)
    assert visit() == (200, b"un")

    upload = operations.start_upload(space=space, person=alice)
    operations.add_files(upload=upload, files=[("index.html", BytesIO(b"trois")), ("a/b.txt", BytesIO(b"b"))])
    assert visit() == (200, b"un")
    operations.finish_upload(upload=upload)
    assert (visit(), visit("/a/b.txt")) == ((200, b"trois"), (200, b"b"))

    hold = operations.place_hold(space=space, kind="abuse", effect="suspended", reason="Secret", by=staff)
    drain(raise_errors=False)
    status, body = visit()
    assert (status, b"bonjour@lescale.example" in body, b"Secret" in body) == (503, True, False)
    operations.lift_hold(hold=hold, by=staff)
    drain(raise_errors=False)
    assert visit() == (200, b"trois")

    operations.close_space(space=space, by=alice)
    drain(raise_errors=False)
    assert visit()[0] == 503
    Closing.objects.update(delete_after=clock.today())
    operations.confirm_deletion(space=space, by=staff)
    operations.confirm_deletion(space=space, by=alice)
    drain(raise_errors=False)
    assert (Space.objects.get().state, visit()[0]) == ("deleted", 404)
    assert Publication.objects.filter(state="receiving").count() == 0
