# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.kernel import clock
from archipel.machines import labels, queries
from archipel.machines.ports import Load
from tests import factories

pytestmark = pytest.mark.django_db


def _standing(**changes):
    row = factories.machine(**changes)
    return queries.machine_view(row).line.standing


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({}, "in_service"),
        ({"node_id": ""}, "declared"),
        ({"silent_since": True}, "silent"),
        ({"silent_since": True, "lost_at": True}, "lost"),
        ({"draining": True}, "emptying"),
        ({"draining": True, "availability": "drain"}, "empty"),
        ({"draining": True, "retired_at": True}, "retired"),
    ],
)
def test_standing_of_a_machine_is_the_first_that_is_true(loads, changes, key):
    now = clock.now()
    timed = {name: now if name.endswith(("_at", "_since")) else value for name, value in changes.items()}
    assert _standing(**timed).key == key


def test_machine_to_empty_stays_so_while_spaces_live_there(loads):
    row = factories.machine(draining=True)
    loads.by_machine[row.public_id] = Load(1, 0)
    assert queries.machine_view(row).line.standing.key == "to_empty"
    row.drain_all, row.availability = True, "drain"
    assert queries.machine_view(row).line.standing.key == "empty"


def test_disks_nearly_full_are_lines_of_today_by_how_full_they_are(loads):
    site, hour = factories.site(), clock.now() - timedelta(hours=1)
    for name, free in (("a", 10), ("b", 9), ("c", 2), ("d", None)):
        factories.machine(name, site=site, disk_bytes=100, disk_free_bytes=free, disk_at=hour)
    lines = queries.today_lines()
    assert [(line.title, line.tone, line.since, line.verb) for line in lines] == [
        ("Il reste 9\u00a0o sur le disque de b", "care", hour, "operate"),
        ("Il reste 2\u00a0o sur le disque de c", "stop", hour, "operate"),
    ]


def test_lost_machine_without_spaces_presses_nobody(loads):
    now = clock.now()
    factories.machine(site=factories.site(), silent_since=now, lost_at=now)
    (line,) = queries.today_lines()
    assert line.detail.startswith("Aucun espace n’y vit")


def test_many_lost_machines_ask_for_the_names_of_the_first_only(loads):
    now, site = clock.now(), factories.site()
    for number in range(5):
        row = factories.machine(f"m{number}", site=site, silent_since=now, lost_at=now + timedelta(seconds=number))
        loads.by_machine[row.public_id] = Load(2, 0)
    lines = queries.today_lines()
    assert [line.title for line in lines] == [f"La machine m{number} ne répond plus" for number in range(5)]
    assert ["Espace 0" in line.detail for line in lines] == [True, True, True, False, False]
    assert len(queries.today_lines(limit=2)) == 2


def test_places_stand_by_name_after_machines_of_which_nobody_said_where(loads):
    there, nowhere = factories.site("Zone"), factories.machine("fou")
    factories.site("Quai")
    factories.machine("sterne", site=there)
    gone = factories.machine("vieille", site=there, retired_at=clock.now())
    page = queries.desk_machines()
    named = [(str(group.site or ""), [line.machine.name for line in group.lines]) for group in page.groups]
    assert named == [("", ["fou"]), ("Quai", []), ("Zone", ["sterne"])]
    assert ([line.machine for line in page.retired], page.groups[0].lines[0].machine) == ([gone], nowhere)


def test_what_is_not_measured_is_said_as_such(loads):
    line = queries.machine_view(factories.machine(memory_bytes=None)).line
    assert (line.room, line.memory_label, line.disk_label, line.disk_used) == (
        None,
        "mémoire inconnue",
        "disque non mesuré",
        None,
    )


def test_labels_are_typed_and_read_back():
    text = "disk=fast\nrack=b.2"
    assert labels.written(labels.read_labels(f"  rack = b.2\n\n{text.splitlines()[0]} ")) == text
    for line in ("disk", "=x", "Disk=x", "disk=", "site=x", "a=é"):
        with pytest.raises(ValueError, match=line):
            labels.read_labels(line)
    with pytest.raises(ValueError, match="20"):
        labels.read_labels("\n".join(f"l{number}=x" for number in range(21)))
