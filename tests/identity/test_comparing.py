# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the night finds, and the two acts that settle it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.urls import reverse

from archipel.connectors.keycloak.fake import FakeSignOn
from archipel.host import operations as host_operations
from archipel.identity import operations, queries
from archipel.identity.models import Drift, Entry, Person
from archipel.identity.ports import EntrySpec, Stranger
from archipel.kernel.outside import TryLater
from archipel.outbox.models import Job
from archipel.outbox.worker import drain
from tests import factories
from tests.identity import elsewhere
from tests.identity.asking import let_in

pytestmark = pytest.mark.usefixtures("host")


@pytest.fixture
def cloud():
    return factories.client()


@pytest.fixture
def there(host, bob, cloud):
    """Everything is told: Bob may enter the application."""
    fake = FakeSignOn()
    with elsewhere.chosen(fake, elsewhere.FakeSignIn()):
        let_in(cloud, bob, roles=("editor",))
        operations.push_everything()
        drain()
        Job.objects.all().delete()
        yield fake


def changed(there, key, **changes):
    there.specs[key] = replace(there.specs[key], **changes)


def test_with_builtin_there_is_nothing_to_compare():
    assert operations.compare_sign_on() is None


def test_what_is_the_same_is_counted_and_not_told(there):
    found = operations.compare_sign_on()
    assert (found.same, found.drifted, found.pushed) == (4, 0, 0)
    assert Drift.objects.count() == 0


def test_the_night_asks_again_who_needs_a_second_factor(there, staff):
    operations.tell_person_changed(person=staff)
    drain()
    host_operations.set_parameter(key="second_factor_roles", value=["administrator"])
    before = set(there.told_to_set_up_codes)

    operations.compare_sign_on()
    drain()

    assert (before, there.told_to_set_up_codes) == (set(), {staff.public_id})


def test_a_push_that_was_lost_is_made_up_for(there, bob):
    Person.objects.filter(pk=bob.pk).update(name="Bob Le Roy")
    assert operations.compare_sign_on().pushed == 1
    drain()
    assert there.specs["person", bob.public_id].name == "Bob Le Roy"


def test_a_realm_that_does_not_answer_tells_nothing(there):
    there.fault = "silent"
    with pytest.raises(TryLater):
        operations.compare_sign_on()
    assert Drift.objects.count() == 0


def test_a_change_made_there_waits_on_today_with_both_sides(there, bob, client, staff):
    changed(there, ("person", bob.public_id), name="Robert")
    operations.compare_sign_on()
    operations.compare_sign_on()
    (line,) = queries.today_lines()
    client.force_login(staff)
    assert (line.title, line.detail) == ("Personne : Bob Leroy", "Nom : Bob Leroy ici, Robert là-bas")
    assert "Robert" in client.get(line.url).content.decode()
    assert "Bob Leroy" in client.get(reverse("desk-today")).content.decode()
    assert there.specs["person", bob.public_id].name == "Robert"


def test_repair_makes_it_there_as_it_is_here(there, bob, client, staff):
    changed(there, ("person", bob.public_id), name="Robert")
    operations.compare_sign_on()
    drift = Drift.objects.get()
    client.force_login(staff)
    client.post(reverse("desk-drift-repair", args=[drift.public_id]))
    assert queries.today_lines() == []
    drain()
    assert (there.specs["person", bob.public_id].name, Drift.objects.count()) == ("Bob Leroy", 0)
    assert factories.last_entry().what == "identity.drift_repaired"


def test_adopting_makes_it_here_as_it_is_there(there, bob, client, staff):
    changed(there, ("person", bob.public_id), name="Robert", language="en")
    operations.compare_sign_on()
    client.force_login(staff)
    client.post(reverse("desk-drift-adopt", args=[Drift.objects.get().public_id]))
    bob.refresh_from_db()
    assert (bob.name, bob.language, Drift.objects.count()) == ("Robert", "en", 0)
    assert operations.compare_sign_on().drifted == 0


def test_an_address_nobody_proved_here_is_never_adopted(there, bob, staff):
    changed(there, ("person", bob.public_id), email="thief@elsewhere.example")
    operations.compare_sign_on()
    with pytest.raises(operations.NothingToAdopt):
        operations.adopt_drift(drift=Drift.objects.get(), by=staff)
    bob.refresh_from_db()
    assert bob.email == "bob@trois-ponts.example"


def test_an_open_door_is_told_and_only_repaired(there, cloud, staff):
    changed(there, ("client", cloud.public_id), door=False)
    operations.compare_sign_on()
    drift = Drift.objects.get()
    assert queries.drift_page(drift).adoptable is False
    operations.repair_drift(drift=drift, by=staff)
    drain()
    assert there.specs["client", cloud.public_id].door is True


def test_an_entry_taken_away_there_is_adopted_or_given_back(there, bob, cloud, staff):
    key = ("entry", f"{cloud.public_id}/{bob.public_id}")
    del there.specs[key]
    operations.compare_sign_on()
    operations.repair_drift(drift=Drift.objects.get(), by=staff)
    drain()
    assert there.specs[key] == EntrySpec(cloud.public_id, bob.public_id, frozenset({"editor"}))
    del there.specs[key]
    operations.compare_sign_on()
    operations.adopt_drift(drift=Drift.objects.get(), by=staff)
    assert Entry.objects.count() == 0


def test_an_entry_given_there_is_adopted(there, charlie, cloud, staff):
    operations.push(kind="person", object_id=charlie.public_id)
    given = EntrySpec(cloud.public_id, charlie.public_id, frozenset({"reader"}))
    there.specs["entry", given.id] = given
    operations.compare_sign_on()
    operations.adopt_drift(drift=Drift.objects.get(), by=staff)
    assert list(Entry.objects.filter(person=charlie).values_list("roles", flat=True)) == [["reader"]]


def test_an_entry_given_there_is_taken_back_by_repair(there, charlie, cloud, staff):
    operations.push(kind="person", object_id=charlie.public_id)
    given = EntrySpec(cloud.public_id, charlie.public_id)
    there.specs["entry", given.id] = given
    operations.compare_sign_on()
    operations.repair_drift(drift=Drift.objects.get(), by=staff)
    drain()
    assert ("entry", given.id) not in there.specs


def test_a_confirmed_stranger_becomes_a_person_once(there, staff):
    there.strangers.append(Stranger("x", "Nour Haddad", "nour@example.org", confirmed=True, enabled=True))
    operations.compare_sign_on()
    operations.adopt_drift(drift=Drift.objects.get(), by=staff)
    drain()
    person = Person.objects.get(email="nour@example.org")
    assert (there.strangers, there.specs["person", person.public_id].name) == ([], "Nour Haddad")


def test_an_unconfirmed_stranger_is_closed_or_left(there, staff):
    there.strangers.append(Stranger("x", "Nour", "nour@example.org", confirmed=False, enabled=True))
    operations.compare_sign_on()
    drift = Drift.objects.get()
    with pytest.raises(operations.NothingToAdopt):
        operations.adopt_drift(drift=drift, by=staff)
    operations.repair_drift(drift=drift, by=staff)
    drain()
    assert [one.enabled for one in there.strangers] == [False]
    assert operations.compare_sign_on().drifted == 0


def test_what_was_put_right_there_by_hand_leaves_today(there, bob, staff):
    changed(there, ("person", bob.public_id), name="Robert")
    operations.compare_sign_on()
    drift = Drift.objects.get()
    changed(there, ("person", bob.public_id), name="Bob Leroy")
    operations.compare_sign_on()
    assert Drift.objects.count() == 0
    with pytest.raises(operations.DriftIsOver):
        operations.repair_drift(drift=drift, by=staff)


def test_comparing_asks_the_same_for_many_people(there, cloud, django_assert_max_num_queries):
    for number in range(12):
        let_in(cloud, factories.person(f"Person {number}", f"p{number}@people.example"))
    operations.push_everything()
    drain()
    with django_assert_max_num_queries(40):
        assert operations.compare_sign_on().same == 28
