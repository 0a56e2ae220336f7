# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from archipel.kernel import clock
from archipel.machines.models import Machine
from archipel.outbox.worker import drain
from archipel.spaces import operations, queries
from archipel.spaces.models import LeftBehind
from tests import factories
from tests.machines import stores

pytestmark = pytest.mark.django_db


def machine(name, **changes):
    values = {"node_id": f"node-{name}", "memory_bytes": 8 * 2**30, "created_at": clock.now()} | changes
    return Machine.objects.create(name=name, **values)


@pytest.fixture
def place(settings, host):
    settings.BACKUP_STORE = stores.NAME
    stores.renew()
    return stores.place()


@pytest.fixture
def lost(host, blogs):
    machine("bouee")
    blogs.lost = {"node-ancre"}
    return machine("ancre", lost_at=clock.now(), silent_since=clock.now())


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


def lived_there(where, label, lost, blogs, *, place=None):
    """Open a blog on the lost machine, as it was before, with a post; copied when a place is given."""
    blogs.lost = set()
    blog = factories.open_blog(where, label, title=f"Blog {label}", machine=lost)
    blogs.write(blog.public_id, f"Bonjour de {label}")
    if place:
        operations.back_up_space(space=blog, place=place)
    blogs.lost = {"node-ancre"}
    return blog


def page_of(lost):
    return reverse("desk-machine-spaces", args=[lost.public_id])


def test_today_leads_to_the_spaces_that_wait_with_the_age_of_their_copies(desk, lost, blogs, place, trois_ponts):
    lived_there(trois_ponts, "phare", lost, blogs, place=place)
    lived_there(trois_ponts, "vigie", lost, blogs)
    clock.move_forward(timedelta(hours=5))

    today = desk.get("/desk/").content.decode()
    assert "2 espaces de la machine perdue ancre attendent votre décision" in today
    assert page_of(lost) in today

    shown = desk.get(page_of(lost)).content.decode()
    assert "vieille de 5\u00a0heures" in shown
    assert "1 espace n’a aucune copie" in shown


def test_one_button_opens_one_space_elsewhere_and_the_other_all_that_remain(desk, lost, blogs, place, trois_ponts):
    phare, vigie, balise = (
        lived_there(trois_ponts, label, lost, blogs, place=place) for label in ("phare", "vigie", "balise")
    )

    answer = desk.post(reverse("desk-machine-spaces-reopen-one", args=[lost.public_id, phare.public_id]), follow=True)
    assert "En cours" in answer.content.decode()
    drain()
    assert [one.space for one in queries.machine_spaces_view(lost).spaces] == [balise, vigie]
    assert [row.space for row in LeftBehind.objects.all()] == [phare]

    desk.post(reverse("desk-machine-spaces-reopen", args=[lost.public_id]))
    drain()

    assert queries.machine_spaces_view(lost).spaces == []
    assert [blogs.stack(one.public_id)["machine"] for one in (phare, vigie, balise)] == ["node-bouee"] * 3
    assert blogs.posts(balise.public_id) == ["Bonjour de balise"]
    shown = desk.get(page_of(lost)).content.decode()
    assert shown.count("ce qui y restait sera supprimé au retour de la machine") == 3
    assert "attend votre décision" not in desk.get("/desk/").content.decode()


def test_space_that_is_being_opened_elsewhere_waits_for_nobody(lost, blogs, place, trois_ponts):
    phare = lived_there(trois_ponts, "phare", lost, blogs, place=place)
    assert [line.public_id for line in queries.today_lines() if line.kind == "space"] == [lost.public_id]

    operations.reopen_elsewhere(space=phare)

    assert [line.public_id for line in queries.today_lines() if line.kind == "space"] == []


def test_machine_that_answers_offers_nothing_to_open_elsewhere(desk, lost, blogs, place, trois_ponts):
    phare = lived_there(trois_ponts, "phare", lost, blogs, place=place)
    Machine.objects.filter(pk=lost.pk).update(lost_at=None, silent_since=None)

    shown = desk.get(page_of(lost)).content.decode()
    assert "Cette machine répond" in shown
    assert "/reopen/" not in shown
    answer = desk.post(
        reverse("desk-machine-spaces-reopen-one", args=[lost.public_id, phare.public_id]), follow=True
    ).content.decode()
    assert "La machine de cet espace n’est pas perdue" in answer
    phare.refresh_from_db()
    assert phare.machine == lost


def test_website_and_space_without_a_machine_are_not_concerned(desk, lost, blogs, trois_ponts, site):
    factories.open_blog(trois_ponts, "ailleurs")
    assert "attend votre décision" not in desk.get("/desk/").content.decode()
    assert queries.machine_spaces_view(lost).spaces == []


def test_page_and_today_cost_as_many_queries_with_more_spaces(desk, lost, blogs, place, trois_ponts):
    def cost(address):
        desk.get(address)
        with CaptureQueriesContext(connection) as asked:
            desk.get(address)
        return len(asked)

    lived_there(trois_ponts, "phare", lost, blogs, place=place)
    one = [cost(page_of(lost)), cost("/desk/")]
    for label in ("vigie", "balise"):
        lived_there(trois_ponts, label, lost, blogs, place=place)

    assert [cost(page_of(lost)), cost("/desk/")] == one
