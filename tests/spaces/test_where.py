# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest

from archipel.kernel import clock
from archipel.organisations.models import DeclaredService
from archipel.spaces import queries
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def blog(host, trois_ponts):
    """A space on a lent machine, with copies in Belgium."""
    town = factories.site("Concarneau", run_by="La mairie")
    abroad = factories.site("Liège", country="BE")
    machine = factories.machine(site=town, ownership="lent", owner="Le lycée")
    space = factories.space(trois_ponts, "blog", title="Blog", connector="blogs", machine=machine)
    factories.last_copy(space, "Garage", abroad, drilled_at=clock.now() - timedelta(days=3), drill_ok=True)
    return space


def _said(answer) -> str:
    return re.sub(r"[ \n]+", " ", answer.content.decode())


def test_page_says_machine_place_owner_country_copies_and_who_may_read(client, blog, trois_ponts, bob, staff):
    client.force_login(bob)
    said = _said(client.get(f"/organisations/{trois_ponts.public_id}/where/"))
    expected = (
        "Concarneau, France", "machine «\u202fsterne\u202f», prêtée par Le lycée", "lieu tenu par La mairie", "Garage · Liège, Belgique",
        "Référent·e, La ressourcerie", "Administration système, L’Escale",
    )  # fmt: skip
    assert [words for words in expected if words not in said] == []
    assert (staff.name in said, "Alice" in said) == (False, False)


def test_website_stands_where_the_host_says_its_websites_do(host, trois_ponts):
    space = factories.space(trois_ponts, "site")
    (before,) = queries.all_spaces_of(trois_ponts)
    factories.machine("macareux", site=factories.site(), keeps_websites=True)
    factories.machine("vieille", keeps_websites=True, retired_at=clock.now())
    (after,) = queries.all_spaces_of(trois_ponts)
    assert (before.standpoints, [one.machine for one in after.standpoints]) == ([], ["macareux"])
    assert (after.space_id, after.copies, after.last_copy_at) == (space.public_id, [], None)


def test_deleted_spaces_are_nowhere(host, trois_ponts):
    factories.space(trois_ponts, "", state="deleted")
    assert queries.all_spaces_of(trois_ponts) == []


def test_page_that_knows_nothing_says_so_and_what_to_do(client, host, trois_ponts, alice):
    factories.space(trois_ponts, "site")
    client.force_login(alice)
    said = _said(client.get(f"/organisations/{trois_ponts.public_id}/where/"))
    expected = (
        "Pas encore enregistré\u00a0: demandez à votre hébergeur.",
        "Aucune copie n’est enregistrée.",
        "pas encore essayée",
        "Rien n’est déclaré.",
        "Déclarer un service ailleurs",
    )
    assert [words for words in expected if words not in said] == []


def test_what_nobody_confirmed_for_a_year_is_asked_again_softly(client, host, trois_ponts, alice):
    day = clock.today()
    for months, name in ((12, "Vieille liste"), (11, "Boutique")):
        factories.declared_service(trois_ponts, name, confirmed_on=clock.add_months(day, -months))
    assert [(line.service.name, line.stale) for line in queries.declared_by(trois_ponts)] == [
        ("Boutique", False),
        ("Vieille liste", True),
    ]
    client.force_login(alice)
    page = f"/organisations/{trois_ponts.public_id}/where/"
    stale = DeclaredService.objects.get(name="Vieille liste")
    assert _said(client.get(page)).count("est-ce toujours vrai\u202f?") == 1
    client.post(f"{page}services/{stale.public_id}/confirm/")
    stale.refresh_from_db()
    assert (stale.confirmed_on, stale.confirmed_by, _said(client.get(page)).count("est-ce toujours vrai\u202f?")) == (
        day,
        alice,
        0,
    )


def test_referent_declares_corrects_and_removes(client, host, trois_ponts, alice):
    client.force_login(alice)
    page = f"/organisations/{trois_ponts.public_id}/where/services/"
    client.post(page, {"name": "Boutique", "run_by": "HelloAsso", "country": "Belgique", "link": "helloasso.example"})
    row = DeclaredService.objects.get()
    assert (row.link, row.country) == ("https://helloasso.example", "BE")
    refused = client.post(f"{page}{row.public_id}/", {"name": "", "run_by": "HelloAsso"})
    client.post(f"{page}{row.public_id}/", {"name": "Billetterie", "run_by": "HelloAsso"})
    row.refresh_from_db()
    assert (refused.status_code, row.name, row.country) == (422, "Billetterie", "")
    client.post(f"{page}{row.public_id}/remove/")
    assert DeclaredService.objects.count() == 0


def test_table_for_the_register_holds_spaces_and_what_is_elsewhere(client, blog, trois_ponts, bob, staff):
    factories.declared_service(trois_ponts, "=Boutique", run_by="HelloAsso", country="FR", purpose="Vendre")
    client.force_login(bob)
    answer = client.get(f"/organisations/{trois_ponts.public_id}/where.csv")
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode("utf-8-sig"))))
    today = clock.today().isoformat()
    assert rows[1] == [
        "Blog", "Site web", "blog.pages.example", "L’Escale", "sterne", "Concarneau", "La mairie", "Le lycée", "FR", "Garage, Liège, BE",
        today, clock.day_of(clock.now() - timedelta(days=3)).isoformat(),
        "Référent·e\u00a0: 1; Membre\u00a0: 1; Administration système\u00a0: 1", today,
    ]  # fmt: skip
    assert rows[2] == ["'=Boutique", "Vendre", "", "HelloAsso", "", "", "", "", "FR", "", "", "", "", today]
    assert {len(row) for row in rows} == {14}


def test_many_spaces_and_services_go_page_by_page(client, host, trois_ponts, alice):
    for number in range(9):
        factories.space(trois_ponts, f"site-{number}", title=f"Site {number}")
    for number in range(21):
        factories.declared_service(trois_ponts, f"Service {number:02d}")
    first, second = (queries.where_is_our_data(trois_ponts, page=page) for page in (1, 2))
    assert (len(first.spaces), len(first.declared), first.more) == (8, 20, True)
    assert ([space.title for space in second.spaces], [line.service.name for line in second.declared], second.more) == (
        ["Site 8"], ["Service 20"], False,
    )  # fmt: skip
    client.force_login(alice)
    page = f"/organisations/{trois_ponts.public_id}/where/"
    assert ["Site 8" in _said(client.get(f"{page}?page={asked}")) for asked in ("2", "1", "x", "0", "9" * 30)] == [
        True,
        False,
        False,
        False,
        False,
    ]


def test_failed_drill_is_said_beside_its_place(client, host, trois_ponts, alice):
    space = factories.space(trois_ponts, "site")
    factories.last_copy(space, "Grenier", drilled_at=clock.now(), drill_ok=False)
    client.force_login(alice)
    said = _said(client.get(f"/organisations/{trois_ponts.public_id}/where/"))
    assert "à regarder" in said
