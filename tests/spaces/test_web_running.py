# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from archipel.kernel import clock
from archipel.machines.models import Machine
from archipel.outbox.worker import drain
from archipel.spaces import operations
from archipel.spaces.models import SpaceDrift, Upgrade
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


@pytest.fixture
def old(blogs, host, trois_ponts):
    """A blog behind the newest version."""
    blogs.known = ["1.0", "1.1"]
    blog = factories.open_blog(trois_ponts)
    blogs.known = ["1.0", "1.1", "2.0"]
    operations.read_application(name="blogs")
    return blog


def test_administrator_upgrades_a_space_and_reads_how_it_went(desk, old):
    page = reverse("desk-space-running", args=[old.public_id])
    assert "Mettre cet espace à jour" in desk.get(page).content.decode()

    desk.post(reverse("desk-space-upgrade", args=[old.public_id]), {"version": "2.0"})
    drain()

    shown = desk.get(page).content.decode()
    assert "1.1 → 2.0" in shown
    assert "Il tourne dans la version la plus récente." in shown


def test_return_is_read_and_noted(desk, old, blogs):
    blogs.fault = ("no_image", "upgrade")
    desk.post(reverse("desk-space-upgrade", args=[old.public_id]), {"version": "2.0"})
    drain()
    upgrade = Upgrade.objects.get()
    assert "est revenu à la version 1.1" in desk.get("/desk/").content.decode()

    desk.post(reverse("desk-space-note-return", args=[old.public_id, upgrade.public_id]))

    assert "est revenu à la version 1.1" not in desk.get("/desk/").content.decode()


def test_space_is_moved_from_its_page(desk, old, blogs):
    machine = Machine.objects.create(name="bouee", node_id="node-bouee", memory_bytes=2**33, created_at=clock.now())
    assert "bouee" in desk.get(reverse("desk-space-running", args=[old.public_id])).content.decode()

    desk.post(reverse("desk-space-move", args=[old.public_id]), {"machine": machine.public_id})
    drain()

    assert blogs.stack(old.public_id)["machine"] == "node-bouee"


def test_drift_is_shown_and_repaired(desk, old, blogs, bob):
    blogs.spoil(old.public_id, people={}, effect="suspended")
    desk.post(reverse("desk-space-compare", args=[old.public_id]))
    drain()

    shown = desk.get(reverse("desk-space-drift", args=[old.public_id])).content.decode()
    assert "Bob Leroy\u00a0: Écrit et corrige ce que d’autres ont écrit" in shown
    desk.post(reverse("desk-space-repair", args=[old.public_id]))
    drain()

    assert SpaceDrift.objects.count() == 0
    assert blogs.stack(old.public_id)["effect"] == ""


def test_drift_is_adopted(desk, old, blogs):
    blogs.spoil(old.public_id, quota=3)
    desk.post(reverse("desk-space-compare", args=[old.public_id]))
    drain()

    desk.post(reverse("desk-space-adopt", args=[old.public_id]))

    old.refresh_from_db()
    assert (old.quota_bytes, SpaceDrift.objects.count()) == (3, 0)


def test_all_spaces_of_a_service_are_upgraded_from_one_page(desk, old):
    page = reverse("desk-space-versions")
    assert "Mettre 1 espace à jour" in desk.get(page).content.decode()

    desk.post(reverse("desk-space-upgrade-all", args=["blogs"]), {"at_once": "3"})
    drain()

    old.refresh_from_db()
    assert old.version == "2.0"
    assert "Chaque espace a la version la plus récente." in desk.get(page).content.decode()


def test_website_has_no_such_page(desk, site):
    assert desk.get(reverse("desk-space-running", args=[site.public_id])).status_code == 404


def test_page_of_versions_costs_as_many_queries_with_more_spaces(desk, old, trois_ponts):
    page = reverse("desk-space-versions")
    desk.get(page)
    with CaptureQueriesContext(connection) as few:
        desk.get(page)
    for number in range(2):
        factories.open_blog(trois_ponts, f"encore-{number}")
    with CaptureQueriesContext(connection) as more:
        desk.get(page)

    assert len(more) == len(few)
