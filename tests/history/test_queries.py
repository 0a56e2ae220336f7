# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.utils import translation

from archipel.history import operations, queries
from archipel.history.models import Entry

pytestmark = pytest.mark.django_db

BOAT = ("boat", "boat-id", "Marie-Galante")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def _record(number, **changes):
    values = {"what": "boat.seen", "about": BOAT, "organisation_id": "port", "witness": str(number)}
    return operations.record(**(values | {"at": NOON + timedelta(minutes=number // 2)} | changes))


def _witnesses(page):
    return [line.sentence.removeprefix("Marie-Galante was seen by ") for line in page.lines]


def test_pages_walk_backwards_without_gap_or_repeat():
    for number in range(50):
        _record(number)
    seen, cursor, pages = [], "", 0
    while pages == 0 or cursor:
        page = queries.of_organisation("port", before=cursor)
        seen, cursor, pages = seen + _witnesses(page), page.older, pages + 1
    assert (pages, seen) == (3, [str(number) for number in reversed(range(50))])


def test_last_page_has_no_older_one():
    for number in range(20):
        _record(number)
    assert queries.of_organisation("port").older == ""


def test_entry_written_meanwhile_does_not_shift_the_next_page():
    for number in range(30):
        _record(number)
    first = queries.of_organisation("port")
    _record(99)
    assert _witnesses(queries.of_organisation("port", before=first.older)) == [str(n) for n in reversed(range(10))]


@pytest.mark.parametrize("nonsense", ["x", "1_y", "_", "99999999999999999999999999_1", "1e5_3", "' OR 1"])
def test_nonsense_cursor_is_the_first_page(nonsense):
    _record(1)
    assert _witnesses(queries.of_organisation("port", before=nonsense)) == ["1"]


def test_organisation_reads_its_own_and_what_it_may():
    _record(1)
    _record(2, visible="host")
    _record(3, organisation_id="other")
    _record(4, organisation_id="")
    assert _witnesses(queries.of_organisation("port")) == ["1"]
    assert _witnesses(queries.of_organisation("port", for_host=True)) == ["2", "1"]
    assert _witnesses(queries.of_organisation("")) == []


def test_object_has_its_own_history():
    _record(1)
    _record(2, about=("boat", "other", "Belle"))
    _record(3, visible="host")
    assert _witnesses(queries.of_object("boat", "boat-id")) == ["3", "1"]
    assert _witnesses(queries.of_object("boat", "boat-id", for_host=False)) == ["1"]


def test_host_reads_everything_latest_first():
    _record(2, organisation_id="a")
    _record(9, organisation_id="b", visible="host")
    assert _witnesses(queries.latest_for_host()) == ["9", "2"]


def test_csv_holds_headings_then_everything(ana):
    _record(1, actor=ana)
    _record(2, visible="host")
    with translation.override("en"):
        assert list(queries.rows_for_csv("port")) == [
            ("When", "Who", "What", "About"),
            ("2026-03-01T13:00:00+01:00", "Ana Étienne", "Marie-Galante was seen by 1", "Marie-Galante"),
        ]


def test_acts_of_a_person_are_walked_newest_first(ana):
    _record(1, actor=ana)
    _record(4, actor=ana)
    _record(3)
    assert [line.sentence[-1] for line in queries.of_person("ana-id")] == ["4", "1"]
    assert list(queries.of_person("")) == []


@pytest.mark.parametrize("rows", [1, 3])
def test_page_takes_one_query(rows, django_assert_num_queries):
    for number in range(rows):
        _record(number)
    with django_assert_num_queries(1):
        assert len(queries.of_organisation("port").lines) == rows


@pytest.mark.parametrize(
    ("page", "index"),
    [
        (lambda before: queries.of_organisation("port", before=before), "entry_of_an_organisation"),
        (lambda before: queries.of_object("boat", "boat-id", before=before), "entry_of_an_object"),
        (lambda before: queries.latest_for_host(before=before), "entry_latest"),
    ],
)
@pytest.mark.parametrize("before", ["", "1772366400000000_5"])
def test_page_is_read_from_an_index_without_sorting(page, index, before, sql_of):
    sql = sql_of(lambda: page(before))
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _fill()
            cursor.execute("ANALYZE history_entry")
            cursor.execute("SET LOCAL enable_seqscan = off")  # what a table of a million rows would do by itself
            cursor.execute("SET LOCAL enable_bitmapscan = off")
            cursor.execute(f"EXPLAIN {sql}")
        else:
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
        plan = " ".join(str(row[-1]) for row in cursor.fetchall())
    assert (index in plan, "TEMP B-TREE" in plan or "Sort" in plan) == (True, False)


def _fill():
    """Write enough of others that the planner looks for what is asked: of an empty table every index is as good."""
    Entry.objects.bulk_create(
        Entry(
            at=NOON, what="boat.sold", about_kind="boat", about_id=f"b{number}", about_label="x",
            organisation_id=f"port-{number}", visible_to="host" if number % 2 else "organisation",
        )
        for number in range(2000)
    )  # fmt: skip


@pytest.fixture
def sql_of():
    from django.test.utils import CaptureQueriesContext

    def capture(act):
        with CaptureQueriesContext(connection) as captured:
            act()
        return captured.captured_queries[-1]["sql"]

    return capture


def test_entry_of_a_code_nobody_knows_still_reads():
    Entry.objects.create(
        at=NOON, what="boat.sold", about_kind="boat", about_id="b", about_label="Belle", visible_to="host"
    )
    assert [line.sentence for line in queries.latest_for_host().lines] == ["boat.sold (Belle)"]
