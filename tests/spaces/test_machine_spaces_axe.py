# SPDX-License-Identifier: AGPL-3.0-or-later
"""The page of a machine's spaces, read by axe: lost, back, to be emptied; in French by day, in English by night."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from archipel.kernel import clock
from archipel.machines.models import Machine
from archipel.procedures.models import Procedure
from archipel.spaces import operations
from archipel.spaces.models import Backup, LeftBehind
from tests import axe, factories
from tests.machines import stores

pytestmark = pytest.mark.browser
LONG = "Atelier-de-réparation-des-bicyclettes-et-des-remorques-de-la-presqu’île"


def machine(name, **changes):
    values = {"node_id": f"node-{name}"[:40], "memory_bytes": 8 * 2**30, "created_at": clock.now()} | changes
    return Machine.objects.create(name=name, **values)


def to_empty(organisation, staff):
    """A machine to empty, where one space stayed, one waits and one is being moved."""
    leaving = machine("a-vider", draining=True)
    stays, _waits, moves = (
        factories.open_blog(organisation, f"part-{number}", title=title, machine=leaving)
        for number, title in enumerate((LONG, "Attend", "Part"))
    )
    for blog in (stays, moves):
        operations.ask_move(space=blog, by=staff)
    Procedure.objects.filter(about_id=stays.public_id).update(state="done", finished_at=clock.now())
    return leaving


@pytest.fixture
def pages(client, settings, blogs, trois_ponts, host, staff):
    """The pages as the server writes them, by what they show and in a language."""
    settings.BACKUP_STORE = stores.NAME
    stores.renew()
    place = stores.place()
    lost = {"lost_at": clock.now(), "silent_since": clock.now() - timedelta(minutes=4)}
    gone, empty = machine("ancre-du-grand-bassin-de-la-vieille-forme.lan", **lost), machine("vide", **lost)
    elsewhere, back = machine("bouee"), machine("revenue")
    for number, title in enumerate((LONG, "Blog", "Sans copie", "En cours")):
        blog = factories.open_blog(trois_ponts, f"blog-{number}", title=title, machine=gone)
        if title != "Sans copie":
            Backup.objects.create(
                space=blog, place=place, taken_at=clock.now() - timedelta(days=number + 1),
                finished_at=clock.now(), copy_id="a/00000000", bytes=1, files=1,
            )  # fmt: skip
        if title == "En cours":
            operations.reopen_elsewhere(space=blog)
    factories.open_blog(trois_ponts, "revenu", title="Revenu", machine=back)
    moved = factories.open_blog(trois_ponts, "parti", title=LONG, machine=elsewhere)
    for place_left, dropped in ((gone, None), (back, clock.now())):
        LeftBehind.objects.create(
            space=moved, machine=place_left, data_of=clock.now(), since=clock.now(), dropped_at=dropped
        )
    leaving, left = to_empty(trois_ponts, staff), machine("videe", draining=True)
    named = {"lost": gone, "nothing there": empty, "back": back, "to empty": leaving, "left": left}
    gets = {name: reverse("desk-machine-spaces", args=[row.public_id]) for name, row in named.items()}
    gets |= {"today": reverse("desk-today")}
    gets |= {f"machine {row.name}": reverse("desk-machine", args=[row.public_id]) for row in (gone, leaving)}

    def written(language):
        client.force_login(staff)
        found = {name: client.get(url, HTTP_ACCEPT_LANGUAGE=language) for name, url in gets.items()}
        assert {name: answer.status_code for name, answer in found.items() if answer.status_code != 200} == {}
        return {name: answer.content.decode() for name, answer in found.items()}

    return written


@axe.by_day_and_by_night
def test_axe_finds_nothing_and_the_pages_of_machines_are_never_too_wide(pages, language, scheme):
    assert axe.problems_of(pages(language), language, scheme) == {}
