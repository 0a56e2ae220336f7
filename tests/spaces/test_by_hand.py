# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.catalogue import operations as catalogue
from archipel.history import queries as history
from archipel.kernel import clock
from archipel.mailing.models import Email
from archipel.outbox.worker import drain
from archipel.spaces import operations, queries
from archipel.spaces.models import Closing, HandStep, Space
from tests import factories

STEPS = {"opening_steps": "- Créer le domaine\n\n- Ouvrir les boîtes\n", "deletion_steps": "Fermer les boîtes"}


@pytest.fixture
def space(trois_ponts, alice, staff):
    service = factories.service("mail", name="Courriel", state="open", connector="")
    catalogue.change_service_texts(service=service, language="fr", texts=STEPS, by=staff)
    agreement = factories.agreement(trois_ponts, service, state="agreed", agreed_by=alice, about_id="req9")
    return operations.open_space(
        organisation=trois_ponts,
        service=service,
        agreement=agreement,
        title="Courriel des Trois-Ponts",
        label="",
        quota_bytes=None,
        language="fr",
        request_id="req9",
    )


def tick_all(space, by):
    for step in HandStep.objects.filter(space=space, done_at=None).order_by("position"):
        operations.tick_step(step=step, done=True, by=by)


def closed(space, alice, staff):
    """A space opened by hand whose deletion two persons confirmed."""
    tick_all(space, staff)
    operations.open_by_hand(space=space, by=staff)
    operations.close_space(space=space, by=alice)
    Closing.objects.update(delete_after=clock.today() - timedelta(days=1))
    for person in (alice, staff):
        operations.confirm_deletion(space=space, by=person)
    return Space.objects.get(pk=space.pk)


def test_space_opened_by_hand_shows_the_steps_of_its_service(space):
    assert list(space.hand_steps.order_by("position").values_list("words", flat=True)) == [
        "Créer le domaine",
        "Ouvrir les boîtes",
    ]
    line = queries.today_lines()[0]
    assert line.detail.split(" · ")[2:] == ["0 sur 2", "Créer le domaine"]


def test_steps_stay_what_they_were_when_it_began(space, staff):
    catalogue.change_service_texts(service=space.service, language="fr", texts={"opening_steps": "Autre"}, by=staff)

    operations.lay_out_steps(space=space, moment="opening")

    assert space.hand_steps.count() == 2


def test_open_by_hand_waits_for_every_step(space, staff):
    first = space.hand_steps.get(position=1)
    operations.tick_step(step=first, done=True, by=staff)

    with pytest.raises(operations.StepsRemain):
        operations.open_by_hand(space=space, by=staff)
    tick_all(space, staff)
    operations.open_by_hand(space=space, by=staff)

    assert Space.objects.get(pk=space.pk).state == "open"
    with pytest.raises(operations.StepsOver):
        operations.tick_step(step=first, done=False, by=staff)


def test_tick_step_says_who_and_can_be_taken_back(space, staff):
    step = space.hand_steps.get(position=1)
    for done in (True, True, False):
        operations.tick_step(step=step, done=done, by=staff)

    step.refresh_from_db()
    told = [line.what for line in history.of_object("space", space.public_id).lines]
    assert (step.done_at, step.done_by, told[:2]) == (None, None, ["space.step_undone", "space.step_done"])


def test_deletion_by_hand_is_a_list_too_and_is_proved(space, alice, staff):
    space = closed(space, alice, staff)
    drain()
    titles = [line.title for line in queries.today_lines()]

    with pytest.raises(operations.StepsRemain):
        operations.delete_by_hand(space=space, by=staff)
    tick_all(space, staff)
    operations.delete_by_hand(space=space, by=staff)
    operations.delete_by_hand(space=space, by=staff)

    assert titles == ["« Courriel des Trois-Ponts » est à effacer à la main"]
    assert Space.objects.get(pk=space.pk).state == "deleted"
    assert Closing.objects.get(space=space).proof["space"]["id"] == space.public_id
    assert Email.objects.filter(name="spaces/deleted").count() == 1
    assert queries.today_lines() == []


def test_delete_by_hand_refuses_what_a_procedure_deletes_or_nobody_closed(space, staff):
    website = factories.space(space.organisation)
    with pytest.raises(operations.DeletesByItself):
        operations.delete_by_hand(space=website, by=staff)
    with pytest.raises(operations.closing.NotClosing):
        operations.delete_by_hand(space=space, by=staff)


def test_desk_ticks_the_steps_and_says_that_it_is_open(client, space, staff):
    client.force_login(staff)
    page = f"/desk/spaces/{space.public_id}/"

    for step in space.hand_steps.all():
        client.post(f"{page}steps/{step.public_id}/", {"done": "1"})
    answer = client.post(f"{page}open/", follow=True)

    assert answer.status_code == 200
    assert Space.objects.get(pk=space.pk).state == "open"
