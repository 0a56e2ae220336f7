# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which spaces live where, as machines ask it of spaces."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archipel.machines.ports import Load
from archipel.spaces.queries.machines import SpacesHere
from tests import factories

pytestmark = pytest.mark.django_db
MEMORY = 512 * 1024 * 1024


class _Connector:
    def memory(self) -> int:
        return MEMORY


def a_connector() -> _Connector:
    return _Connector()


@pytest.fixture
def machine(host, settings):
    settings.SPACE_CONNECTORS = {**settings.SPACE_CONNECTORS, "wiki": f"{__name__}.a_connector"}
    return factories.machine()


def test_loads_count_spaces_and_the_memory_their_connectors_reserve(machine, trois_ponts):
    other = factories.machine("macareux")
    for number, state in enumerate(("open", "closing", "opening", "deleted")):
        factories.space(trois_ponts, f"wiki-{number}", connector="wiki", state=state, machine=machine)
    factories.space(trois_ponts, "a-la-main", connector="", machine=machine)
    factories.space(trois_ponts, "gone", connector="no-longer-here", machine=other)
    factories.space(trois_ponts, "anywhere", connector="wiki")
    assert SpacesHere().loads() == {machine.public_id: Load(4, 3 * MEMORY), other.public_id: Load(1, 0)}


def test_a_space_that_moves_takes_its_room_on_both_machines(machine, trois_ponts):
    other = factories.machine("macareux")
    space = factories.space(trois_ponts, "wiki", connector="wiki", machine=machine, going_to=other)
    assert SpacesHere().loads() == {machine.public_id: Load(1, MEMORY), other.public_id: Load(1, MEMORY)}
    assert [one.space_id for one in SpacesHere().on(other.public_id, limit=9)] == [space.public_id]


def test_loads_ask_one_question_whatever_the_number_of_spaces(machine, trois_ponts):
    asked = []
    for number in range(3):
        factories.space(trois_ponts, f"wiki-{number}", connector="wiki", machine=machine)
        with CaptureQueriesContext(connection) as queries:
            SpacesHere().loads()
        asked.append(len(queries))
    assert asked == [1, 1, 1]


def test_spaces_of_a_machine_stand_by_title_with_their_page_at_the_desk(machine, trois_ponts):
    for title, state in (("Zèbre", "open"), ("Agenda", "open"), ("Parti", "deleted")):
        factories.space(
            trois_ponts, title.lower(), title=title, connector="wiki", state=state, machine=machine, usage_bytes=7
        )
    found = SpacesHere().on(machine.public_id, limit=9)
    assert [(there.title, there.memory, there.usage, there.organisation) for there in found] == [
        ("Agenda", MEMORY, 7, trois_ponts.name), ("Zèbre", MEMORY, 7, trois_ponts.name),
    ]  # fmt: skip
    assert (found[0].url, len(SpacesHere().on(machine.public_id, limit=1))) == (f"/desk/spaces/{found[0].space_id}/", 1)
