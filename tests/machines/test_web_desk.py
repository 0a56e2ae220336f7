# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import re

import pytest
from django.urls import reverse

from archipel.kernel import clock
from archipel.machines.models import EngineSeen, Machine, Site
from archipel.machines.ports import Load
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


def _said(answer) -> str:
    return re.sub(r"[ \n]+", " ", answer.content.decode())


def test_page_without_machines_says_what_to_do(desk, loads):
    said = _said(desk.get("/desk/machines/"))
    assert [
        words in said for words in ("Aucune machine n’est encore connue", "Déclarer une machine", "Ajouter un lieu")
    ] == [True] * 3


def test_page_shows_places_machines_and_what_they_carry(desk, loads):
    row = factories.machine(
        site=factories.site(run_by="La mairie"),
        ownership="lent",
        owner="La mairie",
        disk_bytes=10**12,
        disk_free_bytes=10**11,
    )
    loads.by_machine[row.public_id] = Load(2, 4 * 10**9)
    said = _said(desk.get("/desk/machines/"))
    expected = (
        "Concarneau",
        "France · lieu tenu par La mairie",
        "sterne",
        "Prêtée",
        "4\u00a0Go de mémoire promis sur 16\u00a0Go",
        "900\u00a0Go de disque occupés sur 1\u00a0To",
    )
    assert [words for words in expected if words not in said] == []


def test_silent_engine_is_said_on_the_page(desk, loads):
    EngineSeen.objects.create(pk=1, answered_at=None, silent_since=clock.now().replace(year=2020), problem="no socket")
    said = _said(desk.get("/desk/machines/"))
    assert ("Le moteur ne répond pas" in said, '<p class="soft" lang="en">no socket</p>' in said) == (True, True)


def test_place_is_added_and_corrected(desk):
    desk.post("/desk/machines/places/new/", {"name": "Quai", "country": "FR", "run_by": ""})
    site = Site.objects.get()
    refused = desk.post(f"/desk/machines/places/{site.public_id}/", {"name": "Quai", "country": "ZZ"})
    moved = desk.post(
        f"/desk/machines/places/{site.public_id}/", {"name": "Quai Est", "country": "BE", "run_by": "Le port"}
    )
    site.refresh_from_db()
    assert (refused.status_code, moved["Location"], site.name, site.country, site.run_by) == (
        422, reverse("desk-machines"), "Quai Est", "BE", "Le port",
    )  # fmt: skip


def test_name_of_a_place_taken_is_said_beside_its_field(desk):
    factories.site("Quai")
    answer = desk.post("/desk/machines/places/new/", {"name": "quai", "country": "FR"})
    assert (answer.status_code, "Un autre lieu porte déjà ce nom." in _said(answer), Site.objects.count()) == (
        422,
        True,
        1,
    )


def test_machine_is_declared_with_sizes_in_gigabytes(desk):
    site = factories.site()
    typed = {
        "name": "boite",
        "site": site.public_id,
        "ownership": "rented",
        "owner": "Hetzner",
        "memory": "",
        "disk": "1000.5",
        "keeps_websites": "on",
    }
    answer = desk.post("/desk/machines/new/", typed)
    row = Machine.objects.get()
    assert (answer["Location"], row.owner, row.disk_bytes, row.memory_bytes, row.keeps_websites) == (
        reverse("desk-machine", args=[row.public_id]), "Hetzner", 1_000_500_000_000, None, True,
    )  # fmt: skip
    shown = _said(desk.get(f"/desk/machines/{row.public_id}/"))
    assert ("disque de 1\u00a0To, non mesuré" in shown, "Hors du moteur" in shown, 'value="boite"' in shown) == (
        True,
        True,
        True,
    )


def test_what_was_typed_stays_when_it_is_refused(desk):
    answer = desk.post("/desk/machines/new/", {"name": "boite", "ownership": "lent", "note": "clé chez Yann"})
    assert (
        answer.status_code,
        "clé chez Yann" in _said(answer),
        "qui vous la prête ou vous la loue" in _said(answer),
    ) == (422, True, True)


def test_labels_that_cannot_be_read_are_refused_beside_their_field(desk):
    row = factories.machine()
    answer = desk.post(f"/desk/machines/{row.public_id}/", {"ownership": "ours", "labels": "disk fast"})
    assert (answer.status_code, "«\u202fdisk fast\u202f»" in _said(answer)) == (422, True)


def test_machine_of_the_engine_is_described(desk):
    row, site = factories.machine(), factories.site()
    desk.post(
        f"/desk/machines/{row.public_id}/",
        {"site": site.public_id, "ownership": "lent", "owner": "La mairie", "labels": "disk=fast"},
    )
    row.refresh_from_db()
    assert (row.site, row.owner, row.labels, row.name) == (site, "La mairie", {"disk": "fast"}, "sterne")


@pytest.mark.parametrize("act", ["drain", "drain-at-once", "return", "retire"])
def test_page_before_an_act_changes_nothing(desk, loads, act):
    row = factories.machine()
    loads.by_machine[row.public_id] = Load(2, 0)
    before = Machine.objects.values().get()
    answer = desk.get(f"/desk/machines/{row.public_id}/{act}/")
    assert (answer.status_code, Machine.objects.values().get()) == (200, before)


def test_machine_is_emptied_and_taken_back_by_hand(desk, loads):
    row = factories.machine()
    desk.post(f"/desk/machines/{row.public_id}/drain/")
    assert Machine.objects.get().draining is True
    desk.post(f"/desk/machines/{row.public_id}/return/")
    assert Machine.objects.get().draining is False


def test_machine_where_spaces_live_is_not_retired_and_the_page_says_why(desk, loads):
    row = factories.machine()
    loads.by_machine[row.public_id] = Load(2, 0)
    answer = desk.post(f"/desk/machines/{row.public_id}/retire/")
    said = _said(answer)
    assert (answer.status_code, "2 espaces vivent encore sur cette machine" in said, "Espace 1" in said) == (
        409,
        True,
        True,
    )


def test_act_that_does_not_exist_is_not_found(desk):
    assert desk.post(f"/desk/machines/{factories.machine().public_id}/explode/").status_code == 404


def test_lost_machine_says_what_is_down_and_what_to_do(desk, loads):
    now = clock.now()
    row = factories.machine(silent_since=now, lost_at=now)
    loads.by_machine[row.public_id] = Load(101, 0)
    page = desk.get(f"/desk/machines/{row.public_id}/")
    assert f'href="/desk/machine-spaces/{row.public_id}/"' in page.text
    said = _said(page)
    expected = ("Ne répond plus depuis", "Les espaces ci-dessous sont hors ligne", "Espace 0", "et 1 autre")
    assert [words for words in expected if words not in said] == []
