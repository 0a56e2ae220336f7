# SPDX-License-Identifier: AGPL-3.0-or-later
"""The door and the way back of an upgrade: nobody acts while it is closed, and only then a database may be replaced."""

from __future__ import annotations

import time

import pytest

from archipel.host.operations import close_door, reopen_door
from archipel.kernel import door
from archipel.outbox import claims
from archipel.outbox.models import Job
from archipel.outbox.worker import drain
from tests.outbox import samples

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def open_again():
    yield
    reopen_door()


def test_key_of_a_closed_door_is_one_and_its_owners(settings):
    first, second = close_door(), close_door()

    assert (first == second, len(first) > 30, door.is_closed()) == (True, True, True)
    assert (settings.ARCHIPEL_DATA / "closed").stat().st_mode & 0o777 == 0o600


def test_nobody_passes_a_closed_door_without_its_key():
    assert door.opens("") is True
    key = close_door()

    assert [door.opens(said) for said in (key, "", "another", f"{key}x")] == [True, False, False, False]
    assert (reopen_door(), reopen_door(), door.opens("")) == (True, False, True)


def test_worker_begins_nothing_while_the_door_is_closed(seen):
    samples.note.enqueue("waits")
    close_door()
    assert (drain(), seen, Job.objects.get().state) == (0, [], "pending")

    reopen_door()
    assert (drain(), seen) == (1, ["waits"])


def test_closing_waits_for_a_task_under_way_and_not_for_ever():
    samples.note.enqueue("under way")
    held = claims.claim(1)
    began = time.monotonic()
    close_door(patience=0.5)
    waited = time.monotonic() - began
    claims.give_back(held)
    close_door(patience=30)

    assert (0.5 <= waited < 5, time.monotonic() - began < 10) == (True, True)


@pytest.fixture
def seen():
    samples.SEEN.clear()
    return samples.SEEN
