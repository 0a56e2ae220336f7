# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

import pytest

from archipel.outbox import periodic
from archipel.outbox.models import Job, Periodic
from archipel.outbox.periodic import Rule
from archipel.outbox.worker import drain
from tests.outbox import samples

TIDE = "samples.tide"


def _daily(hour, minute):
    return Rule("x", samples.note, None, time(hour, minute))


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        (datetime(2026, 6, 1, 0, 0, tzinfo=UTC), datetime(2026, 6, 1, 1, 20, tzinfo=UTC)),
        (datetime(2026, 6, 1, 1, 20, tzinfo=UTC), datetime(2026, 6, 2, 1, 20, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), datetime(2027, 1, 1, 2, 20, tzinfo=UTC)),
        (datetime(2026, 3, 28, 12, 0, tzinfo=UTC), datetime(2026, 3, 29, 1, 20, tzinfo=UTC)),
        (datetime(2026, 10, 24, 12, 0, tzinfo=UTC), datetime(2026, 10, 25, 2, 20, tzinfo=UTC)),
    ],
)
def test_daily_rule_follows_the_wall_clock_of_the_host(instant, expected):
    assert _daily(3, 20).after(instant) == expected


@pytest.mark.parametrize(
    ("instant", "expected"),
    [
        # 2:30 does not exist on the last Sunday of March and exists twice on that of October.
        (datetime(2026, 3, 29, 0, 0, tzinfo=UTC), datetime(2026, 3, 29, 1, 30, tzinfo=UTC)),
        (datetime(2026, 3, 29, 1, 30, tzinfo=UTC), datetime(2026, 3, 30, 0, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 0, 0, tzinfo=UTC), datetime(2026, 10, 25, 0, 30, tzinfo=UTC)),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), datetime(2026, 10, 26, 1, 30, tzinfo=UTC)),
    ],
)
def test_daily_rule_strikes_once_in_both_nights_of_the_hour_change(instant, expected):
    assert _daily(2, 30).after(instant) == expected


@pytest.mark.parametrize("both", [{}, {"every": timedelta(1), "daily": time(3)}])
def test_rule_is_either_every_or_daily(both):
    with pytest.raises(ValueError, match="either"):
        periodic.periodic("x", **both)


@pytest.mark.django_db
def test_rows_follow_the_rules_of_the_code():
    Periodic.objects.create(name="gone", handler="a.b", rule="every 5", next_due=datetime(2026, 1, 1, tzinfo=UTC))
    periodic.ensure_rows()
    assert set(Periodic.objects.values_list("name", flat=True)) == set(periodic.rules())


@pytest.mark.django_db
def test_row_of_a_rule_that_changed_starts_anew(time_machine):
    time_machine.move_to("2026-03-01 12:00:00+00:00", tick=False)
    periodic.ensure_rows()
    Periodic.objects.filter(name=TIDE).update(rule="every 1", next_due=datetime(2030, 1, 1, tzinfo=UTC))
    periodic.ensure_rows()
    assert Periodic.objects.get(name=TIDE).next_due == datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.django_db
def test_row_keeps_its_next_hour_when_a_worker_starts(time_machine):
    time_machine.move_to("2026-03-01 12:00:00+00:00", tick=False)
    periodic.ensure_rows()
    periodic.strike()
    time_machine.move_to("2026-03-01 13:00:00+00:00", tick=False)
    periodic.ensure_rows()
    assert Periodic.objects.get(name=TIDE).next_due == datetime(2026, 3, 1, 18, tzinfo=UTC)


@pytest.mark.django_db
def test_missed_occurrences_strike_once(seen, time_machine):
    time_machine.move_to("2026-03-01 12:00:00+00:00", tick=False)
    periodic.ensure_rows()
    Periodic.objects.exclude(name=TIDE).delete()
    time_machine.move_to("2026-03-11 12:00:00+00:00", tick=False)
    assert (periodic.strike(), periodic.strike()) == (1, 0)
    drain()
    assert seen == ["tide"]


@pytest.mark.django_db
def test_occurrence_is_not_doubled_while_the_last_one_waits(time_machine):
    time_machine.move_to("2026-03-01 12:00:00+00:00", tick=False)
    periodic.ensure_rows()
    Periodic.objects.exclude(name=TIDE).delete()
    for hours in (0, 6, 12):
        time_machine.move_to(datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(hours=hours), tick=False)
        periodic.strike()
    assert Job.objects.filter(unique_key=f"periodic:{TIDE}").count() == 1
