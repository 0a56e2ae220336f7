# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the worker tells the place where people sign in, from the facts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archipel.connectors.keycloak.fake import FakeSignOn
from archipel.host import operations as host
from archipel.identity import operations
from archipel.identity.models import Drift, Pushed, SecretToHand
from archipel.identity.ports import EntrySpec, GroupSpec, Stranger
from archipel.kernel.outside import RefusedOutside
from archipel.organisations import operations as organisations
from archipel.outbox.models import Job
from archipel.outbox.worker import drain
from tests import factories
from tests.identity import elsewhere
from tests.identity.asking import let_in

pytestmark = pytest.mark.usefixtures("host")


@pytest.fixture
def there():
    fake = FakeSignOn()
    with elsewhere.chosen(fake, elsewhere.FakeSignIn()):
        yield fake


def test_with_builtin_nothing_is_written_down(bob):
    let_in(factories.client(), bob)
    operations.change_profile(person=bob, name="Bob Le Roy", language="fr")
    operations.push_later(kind="person", object_id=bob.public_id)
    assert (operations.push_everything(), Job.objects.count()) == (0, 0)


def test_everything_is_told_what_others_need_first(there, bob, trois_ponts):
    cloud = factories.client()
    let_in(cloud, bob, roles=("editor",))
    drain()
    operations.push_everything()
    drain()
    entry = EntrySpec(cloud.public_id, bob.public_id, frozenset({"editor"}))
    assert there.specs["entry", entry.id] == entry
    assert there.specs["person", bob.public_id].groups == {trois_ponts.public_id}
    assert there.specs["group", trois_ponts.public_id] == GroupSpec(trois_ponts.public_id, trois_ponts.name)
    assert {key[0] for key in there.specs} == {"realm", "group", "person", "client", "entry"}


def test_an_entry_brings_what_it_needs(there, bob):
    cloud = factories.client()
    let_in(cloud, bob, roles=("editor",))
    drain()
    assert sorted(key[0] for key in there.specs) == ["client", "entry", "person", "realm"]


def test_removal_from_an_organisation_shuts_the_door_and_ends_the_session(there, alice, bob, trois_ponts, staff):
    cloud = factories.client()
    organisations.open_application(organisation=trois_ponts, client=cloud, by=staff)
    drain()
    session, _roles = there.sign_in(bob.email, cloud.public_id)
    organisations.remove_person(organisation=trois_ponts, person=bob, by=alice)
    drain()
    assert (("entry", f"{cloud.public_id}/{bob.public_id}") in there.specs, session.lives) == (False, False)
    assert there.specs["person", bob.public_id].groups == frozenset()
    assert there.told == [(cloud.public_id, bob.public_id)]


def test_a_new_name_and_a_forgotten_person_are_told(there, bob):
    operations.change_profile(person=bob, name="Bob Le Roy", language="en")
    drain()
    assert there.specs["person", bob.public_id].name == "Bob Le Roy"
    operations.forget_person(person=bob, pseudonym="P-1")
    drain()
    assert ("person", bob.public_id) not in there.specs
    assert not Pushed.objects.filter(object_id=bob.public_id).exists()


def test_an_unconfirmed_address_makes_nobody_known(there, bob):
    bob.emailaddress_set.update(verified=False)
    operations.tell_person_changed(person=bob)
    drain()
    assert there.specs == {}


def test_merged_persons_are_one(there, bob, charlie, staff):
    for person in (bob, charlie):
        operations.tell_person_changed(person=person)
    drain()
    operations.merge_persons(kept=bob, absorbed=charlie, by=staff)
    drain()
    assert [key[1] for key in there.specs if key[0] == "person"] == [bob.public_id]


def test_the_secret_of_an_application_waits_locked_and_is_forgotten_once_handed(there, staff):
    client, secret = operations.register_client(name="Nuage", redirect_uris=["https://nuage.example/"], by=staff)
    assert secret not in SecretToHand.objects.get().locked_secret
    there.fault = "silent"
    drain()
    assert (SecretToHand.objects.count(), Job.objects.filter(problem="later").count()) == (1, 2)
    there.fault = ""
    operations.push(kind="client", object_id=client.public_id)
    assert (there.specs["client", client.public_id].secret, SecretToHand.objects.count()) == (secret, 0)
    operations.close_client(client=client, by=staff)
    drain()
    assert there.specs["client", client.public_id].enabled is False


def test_a_lost_answer_changes_nothing(there, bob):
    there.fault = "lost"
    with pytest.raises(Exception, match="did not answer"):
        operations.push(kind="person", object_id=bob.public_id)
    there.fault = ""
    operations.push(kind="person", object_id=bob.public_id)
    assert [key for key in there.specs if key[0] == "person"] == [("person", bob.public_id)]


def test_what_somebody_changed_there_stays_and_is_told(there, bob):
    operations.push(kind="person", object_id=bob.public_id)
    key = ("person", bob.public_id)
    there.specs[key] = replace(there.specs[key], name="Robert")
    operations.change_profile(person=bob, name=bob.name, language="en")
    drain()
    drift = Drift.objects.get()
    assert (there.specs[key].name, there.specs[key].language) == ("Robert", "en")
    assert (drift.label, drift.differences) == ("Bob Leroy", {"name": {"here": "Bob Leroy", "there": "Robert"}})


def test_what_somebody_took_away_there_is_not_made_again_but_told(there, bob):
    operations.push(kind="person", object_id=bob.public_id)
    del there.specs["person", bob.public_id]
    operations.push(kind="person", object_id=bob.public_id)
    assert (("person", bob.public_id) in there.specs, Drift.objects.get().what) == (False, "missing")


def test_an_unconfirmed_account_there_is_adopted_by_nobody(there, bob):
    there.strangers.append(Stranger("x", "Bob", bob.email, confirmed=False, enabled=True))
    with pytest.raises(RefusedOutside) as refused:
        operations.push(kind="person", object_id=bob.public_id)
    assert refused.value.code == "taken"


def test_invitations_and_ends_of_sessions_go_there(there, bob):
    bob.set_unusable_password()
    bob.save()
    assert operations.send_passphrase_link(person=bob) == 1
    operations.end_sessions_elsewhere(person=bob)
    drain()
    assert there.invited == [bob.public_id]
    assert ("end_sessions", "person", bob.public_id) in there.calls


def test_a_renamed_organisation_renames_its_group(there, trois_ponts):
    organisations.change_organisation(organisation=trois_ponts, changes={"name": "Les Trois-Ponts"}, by=None)
    drain()
    assert there.specs["group", trois_ponts.public_id].name == "Les Trois-Ponts"


def test_who_holds_a_role_that_needs_a_second_factor_is_told_to_set_one_up(there, alice, bob, staff):
    host.set_parameter(key="second_factor_roles", value=["administrator"])
    operations.push_everything()
    drain()
    assert there.told_to_set_up_codes == {staff.public_id}
