# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from hypothesis import given
from hypothesis import strategies as st

from archipel.host import operations as host_operations
from archipel.kernel import clock
from archipel.machines import operations, placement
from archipel.machines.models import Machine
from archipel.machines.placement import Candidate, Wish
from archipel.machines.ports import Load
from archipel.organisations.models import Organisation
from archipel.spaces.queries.machines import SpacesHere
from tests import factories

GIGABYTE = 10**9
LABELS = st.dictionaries(
    st.sampled_from(["country", "disk", "site"]), st.sampled_from(["fr", "BE", "fast"]), max_size=2
)


@st.composite
def candidates(draw):
    count = draw(st.integers(0, 7))
    return [
        Candidate(
            id=str(number), name=draw(st.sampled_from(["sterne", "macareux", "fou"])), memory=draw(st.integers(0, 64 * GIGABYTE)),
            reserved=draw(st.integers(0, 70 * GIGABYTE)), labels=draw(LABELS), open=draw(st.booleans()),
        )
        for number in range(count)
    ]  # fmt: skip


@st.composite
def wishes(draw):
    return Wish(
        draw(st.integers(0, 64 * GIGABYTE)), draw(LABELS), draw(st.frozensets(st.sampled_from("0123456"), max_size=2))
    )


@given(candidates(), wishes(), st.integers(0, 90))
def test_chosen_machine_may_be_chosen_and_none_has_more_room(found, wish, percent):
    chosen = placement.choose(found, wish, percent)
    able = [
        one for one in found
        if one.open and one.id not in wish.avoid
        and all(one.labels.get(name, "").lower() == value.lower() for name, value in wish.labels.items())
        and placement.room_on(one, percent) >= wish.memory
    ]  # fmt: skip
    assert (chosen is None) == (able == [])
    if chosen:
        assert chosen in able
        assert placement.room_on(chosen, percent) == max(placement.room_on(one, percent) for one in able)
        assert chosen.reserved + wish.memory + placement.kept_free(chosen.memory, percent) <= chosen.memory


@given(candidates(), wishes(), st.integers(0, 90), st.randoms(use_true_random=False))
def test_choice_does_not_depend_on_the_order_of_the_machines(found, wish, percent, chance: random.Random):
    shuffled = list(found)
    chance.shuffle(shuffled)
    assert placement.choose(shuffled, wish, percent) == placement.choose(found, wish, percent)


@given(st.integers(0, 10**12), st.integers(0, 90))
def test_share_kept_free_is_never_more_than_there_is(memory, percent):
    assert 0 <= placement.kept_free(memory, percent) <= memory


@given(st.lists(st.integers(1, 16), min_size=1, max_size=6), st.integers(1, 4))
def test_one_after_the_other_spaces_spread_until_nothing_has_room(sizes, need):
    """Each choice is counted before the next one: no machine ever promises more than it has, and all are used."""
    machines = {str(n): Candidate(str(n), f"m{n}", size * GIGABYTE) for n, size in enumerate(sizes)}
    wish = Wish(need * GIGABYTE)
    while chosen := placement.choose(machines.values(), wish, 15):
        machines[chosen.id] = Candidate(chosen.id, chosen.name, chosen.memory, chosen.reserved + wish.memory)
    assert all(0 <= placement.room_on(one, 15) < wish.memory or one.reserved == 0 for one in machines.values())


@pytest.fixture
def two(engine, loads):
    site = factories.site("Quai Est", country="BE")
    return factories.machine("fou", memory_bytes=8 * GIGABYTE, site=site), factories.machine(
        "sterne", labels={"disk": "fast"}
    )


def _choose(**wish):
    with transaction.atomic():
        return operations.choose_machine(**{"memory": GIGABYTE, **wish})


@pytest.mark.django_db
def test_machine_with_most_room_is_chosen_by_what_lives_there_now(two, loads):
    small, large = two
    assert _choose() == large
    loads.by_machine[large.public_id] = Load(9, 10 * GIGABYTE)
    assert _choose() == small


@pytest.mark.django_db
def test_site_labels_and_avoided_machines_are_respected(two):
    small, large = two
    assert _choose(site=small.site) == small
    assert _choose(labels={"country": "BE", "ownership": "ours"}) == small
    assert _choose(labels={"disk": "fast"}) == large
    assert _choose(avoid=[large.public_id]) == small


@pytest.mark.django_db
@pytest.mark.parametrize(
    "changes",
    [
        {"draining": True}, {"silent_since": True}, {"silent_since": True, "lost_at": True}, {"retired_at": True}, {"node_id": ""},
        {"memory_bytes": None},
    ],
)  # fmt: skip
def test_machine_that_takes_nothing_more_is_never_chosen(two, changes):
    small, large = two
    now = clock.now()
    timed = {name: now if name.endswith(("_at", "_since")) else value for name, value in changes.items()}
    Machine.objects.filter(pk=large.pk).update(**timed)
    assert _choose() == small


@pytest.mark.django_db
def test_share_kept_free_is_a_dated_parameter(two):
    host_operations.set_parameter(key="machine_reserve_percent", value=90)
    with pytest.raises(operations.NoRoom) as refusal:
        _choose(memory=2 * GIGABYTE)
    assert (refusal.value.code, refusal.value.status, refusal.value.details) == (
        "no_room", 409, {"needed": 2 * GIGABYTE, "most": 16 * GIGABYTE // 10, "labels": {}},
    )  # fmt: skip


@pytest.mark.django_db
def test_refusal_says_what_is_missing(two):
    said = []
    for wish in ({"memory": 90 * GIGABYTE}, {"labels": {"country": "ch"}}, {"avoid": [row.public_id for row in two]}):
        with pytest.raises(operations.NoRoom) as refusal:
            _choose(**wish)
        said.append(str(refusal.value))
    assert said == [
        "Il faut 90 Go de mémoire, et la machine qui a le plus de place n’en a plus que 13,6 Go. Ajoutez une machine, ou déplacez quelque chose.".replace(" Go", "\u00a0Go"),
        "Aucune machine en service ne porte les étiquettes demandées (country=ch).",
        "Aucune machine n’est en service\u00a0: ajoutez-en une au moteur, ou remettez-en une en service.",
    ]  # fmt: skip


@pytest.mark.django_db(transaction=True)
def test_choice_outside_a_transaction_is_a_mistake_of_ours(host):
    with pytest.raises(TransactionManagementError):
        operations.choose_machine(memory=1)


@pytest.mark.django_db
def test_fifty_spaces_placed_one_after_the_other_fill_machines_evenly(host, trois_ponts, settings):
    settings.SPACE_CONNECTORS = {**settings.SPACE_CONNECTORS, "blog": "tests.machines.test_placing.a_connector"}
    machines = [factories.machine(name) for name in ("fou", "macareux", "sterne")]
    for number in range(50):
        with transaction.atomic():
            chosen = operations.choose_machine(memory=CONNECTOR_MEMORY)
            factories.space(trois_ponts, f"espace-{number}", connector="blog", machine=chosen)
    loads = SpacesHere().loads()
    counts = sorted(loads[row.public_id].spaces for row in machines)
    assert (sum(counts), all(after - before <= 1 for before, after in pairwise(counts))) == (50, True)
    assert loads[machines[0].public_id].memory == loads[machines[0].public_id].spaces * CONNECTOR_MEMORY


def _open_one(number: int, where: Organisation) -> None:
    try:
        with transaction.atomic():
            chosen = operations.choose_machine(memory=CONNECTOR_MEMORY)
            factories.space(where, f"espace-{number}", connector="blog", machine=chosen)
    finally:
        connection.close()


if "postgresql" in settings.DATABASES["default"]["ENGINE"]:  # a file in memory has one writer, and nothing to race with

    @pytest.mark.django_db(transaction=True)
    def test_fifty_openings_at_once_do_not_all_choose_the_same_machine(host, trois_ponts, settings):
        settings.SPACE_CONNECTORS = {**settings.SPACE_CONNECTORS, "blog": "tests.machines.test_placing.a_connector"}
        machines = [factories.machine(name) for name in ("fou", "macareux", "sterne")]
        factories.website_service()
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda number: _open_one(number, trois_ponts), range(50)))
        loads = SpacesHere().loads()
        assert sorted(loads[row.public_id].spaces for row in machines) == [16, 17, 17]


CONNECTOR_MEMORY = 256 * 1024 * 1024


class _Connector:
    def memory(self) -> int:
        return CONNECTOR_MEMORY


def a_connector() -> _Connector:
    return _Connector()
