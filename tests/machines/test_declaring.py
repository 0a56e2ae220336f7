# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.kernel.refusals import Refusal
from archipel.machines import operations
from archipel.machines.models import Machine, Site
from archipel.outbox.worker import drain
from tests import factories

pytestmark = pytest.mark.django_db


def test_place_is_declared_with_its_country_and_who_runs_it(staff):
    site = operations.declare_site(name="  Salle  de la mairie ", country="fr", run_by="La mairie", by=staff)
    assert (site.name, site.country, site.run_by) == ("Salle de la mairie", "FR", "La mairie")
    assert factories.last_entry().what == "site.declared"


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"name": " "}, "machine_or_site_name_missing"),
        ({"country": "XX"}, "unknown_country"),
        ({"country": ""}, "unknown_country"),
        ({"country": "EU"}, "unknown_country"),
        ({"name": "CONCARNEAU"}, "site_name_taken"),
    ],
)
def test_place_is_refused_in_words_and_nothing_is_written(staff, given, code):
    factories.site()
    with pytest.raises(Refusal) as refusal:
        operations.declare_site(**{"name": "Rennes", "country": "FR", **given}, by=staff)
    assert (refusal.value.code, Site.objects.count()) == (code, 1)


def test_changed_place_tells_the_engine_the_labels_of_its_machines(staff, engine):
    site = factories.site()
    engine.add("sterne")
    operations.read_machines()
    Machine.objects.update(site=site)
    drain()
    operations.change_site(site=site, changes={"name": "Quai Est", "country": "BE"}, by=staff)
    drain()
    assert engine.nodes["node-sterne"].labels == {"country": "be", "ownership": "ours", "site": "quai-est"}
    last = factories.last_entry()
    operations.change_site(site=site, changes={"name": "Quai Est"}, by=staff)
    assert (last.what, last.details, factories.last_entry()) == ("site.changed", {"changed": ["country", "name"]}, last)


def test_machine_is_declared_with_whose_it_is_and_its_labels(staff):
    made = operations.declare_machine(
        name="boite", site=factories.site(), ownership="rented", owner="OVH", labels="disk=slow\n\nkind = box", by=staff
    )
    assert (made.owner, made.labels, made.in_engine) == ("OVH", {"disk": "slow", "kind": "box"}, False)


@pytest.mark.parametrize(
    ("given", "code", "field"),
    [
        ({"name": ""}, "machine_or_site_name_missing", "name"),
        ({"name": "Sterne"}, "machine_name_taken", "name"),
        ({"ownership": "lent"}, "owner_missing", "owner"),
        ({"labels": "disk"}, "unreadable_labels", "labels"),
        ({"labels": "country=fr"}, "unreadable_labels", "labels"),
        ({"labels": "a=b\na=c"}, "unreadable_labels", "labels"),
        ({"labels": "a=b c"}, "unreadable_labels", "labels"),
        ({"ownership": "stolen"}, "not_found", ""),
    ],
)
def test_machine_is_refused_in_words_and_nothing_is_written(staff, given, code, field):
    factories.machine("sterne")
    with pytest.raises(Refusal) as refusal:
        operations.declare_machine(**{"name": "boite", **given}, by=staff)
    assert (refusal.value.code, refusal.value.field, Machine.objects.count()) == (code, field, 1)


def test_unreadable_line_is_named(staff):
    with pytest.raises(Refusal) as refusal:
        operations.declare_machine(name="boite", labels="disk=fast\nfast disk", by=staff)
    assert "fast disk" in str(refusal.value)


def test_machine_that_becomes_ours_again_has_no_owner(staff):
    machine = factories.machine(ownership="lent", owner="La mairie")
    row = operations.change_machine(machine=machine, changes={"ownership": "ours", "owner": "La mairie"}, by=staff)
    assert (row.ownership, row.owner, Machine.objects.get().owner) == ("ours", "", "")


def test_changed_labels_go_to_the_engine(staff, engine):
    engine.add("sterne")
    operations.read_machines()
    operations.change_machine(machine=Machine.objects.get(), changes={"labels": "disk=fast", "note": "n"}, by=staff)
    drain()
    assert engine.nodes["node-sterne"].labels == {"disk": "fast", "ownership": "ours"}


def test_what_the_engine_says_by_itself_is_not_changed_by_hand(staff):
    machine = factories.machine()
    for changes in ({"name": "autre"}, {"memory_bytes": 1}):
        with pytest.raises(Refusal) as refusal:
            operations.change_machine(machine=machine, changes=changes, by=staff)
        assert refusal.value.code == "seen_by_the_engine"
    assert operations.change_machine(machine=machine, changes={"name": machine.name}, by=staff) == machine


def test_disk_is_written_down_with_its_moment_and_unlikely_figures_are_refused():
    machine = factories.machine()
    operations.report_disk(machine=machine, disk_bytes=100, disk_free_bytes=7)
    machine.refresh_from_db()
    assert (machine.disk_bytes, machine.disk_free_bytes, machine.disk_at is not None) == (100, 7, True)
    for size, free in ((0, 0), (10, 11), (10, -1), (10**19, 1)):
        with pytest.raises(Refusal) as refusal:
            operations.report_disk(machine=machine, disk_bytes=size, disk_free_bytes=free)
        assert refusal.value.code == "disk_unlikely"
