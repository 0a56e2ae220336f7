# SPDX-License-Identifier: AGPL-3.0-or-later
"""One contract for the fake realm and a real Keycloak."""

from __future__ import annotations

from dataclasses import replace

import pytest

from archipel.identity.ports import GroupSpec
from archipel.kernel.outside import RefusedOutside, TryLater
from tests.connectors.keycloak.worlds import BOB, CHARLIE, ENTRY, GROUP, NO_ENTRY, REALM, FakeWorld, RealWorld


@pytest.fixture(params=["fake", pytest.param("keycloak", marks=pytest.mark.server)])
def world(request):
    if request.param == "fake":
        made = FakeWorld()
    else:
        made = RealWorld(request.getfixturevalue("real_keycloak"), request.getfixturevalue("real_realm"))
    yield made
    made.close()


@pytest.fixture
def filled(world):
    """Bob may enter Nuage with two roles, Charlie has an account and no entry."""
    for spec in (REALM, GROUP, BOB, CHARLIE, world.client, ENTRY):
        world.sign_on.put(spec)
    return world


def test_what_is_put_is_read_back_the_same(filled):
    specs = (REALM, GROUP, BOB, CHARLIE, filled.client, ENTRY)
    assert [filled.sign_on.read(spec.kind, spec.id) for spec in specs] == list(specs)
    snapshot = filled.sign_on.read_back()
    assert (snapshot.specs, snapshot.strangers) == ({(spec.kind, spec.id): spec for spec in specs}, ())


def test_putting_twice_changes_nothing(filled):
    before = filled.sign_on.read_back()
    for spec in (REALM, GROUP, BOB, CHARLIE, filled.client, ENTRY):
        filled.sign_on.put(spec)
    assert filled.sign_on.read_back() == before


def test_changes_arrive(filled):
    other = GroupSpec("group345678901", GROUP.name)
    changed = [
        replace(GROUP, name="Les Trois-Ponts"),
        other,
        replace(BOB, name="Bob Le Roy", email="bob@other.example", language="en", groups=frozenset({other.id})),
        replace(
            filled.client, name="Nuage partagé", home_url="http://127.0.0.1:9/nuage", proof_key=False, refreshes=False,
            redirect_uris=frozenset({"http://127.0.0.1:9/a", "http://127.0.0.1:9/b?x=1"}), signs_in_itself=True,
            post_logout_redirect_uris=frozenset({"http://127.0.0.1:9/bye"}), backchannel_logout_uri="", groups=True,
        ),
        replace(ENTRY, roles=frozenset({"reader", "owner"})),
    ]  # fmt: skip
    for spec in changed:
        filled.sign_on.put(spec)
    assert [filled.sign_on.read(spec.kind, spec.id) for spec in changed] == changed


def test_bob_enters_with_his_roles_and_charlie_reads_why_not(filled):
    assert filled.sign_in(BOB, filled.client) == ["editor", "reader"]
    assert filled.sign_in(CHARLIE, filled.client) == NO_ENTRY[1][1]


def test_after_his_removal_bob_is_out_and_the_application_is_told(filled):
    filled.sign_in(BOB, filled.client)
    filled.sign_on.drop("entry", ENTRY.id)
    assert (filled.is_in(BOB), filled.told()) == (False, 1)
    assert filled.sign_in(BOB, filled.client) == NO_ENTRY[0][1]
    filled.sign_on.drop("entry", ENTRY.id)
    assert filled.sign_on.read("entry", ENTRY.id) is None


def test_who_needs_a_second_factor_sets_one_up_before_entering(filled):
    before = filled.is_told_to_set_up_codes(BOB)
    for _time in range(2):
        filled.sign_on.put(replace(BOB, needs_second_factor=True))
    assert (before, filled.is_told_to_set_up_codes(BOB)) == (False, True)
    assert filled.sign_on.read("person", BOB.id) == BOB


def test_other_roles_do_not_throw_out(filled):
    filled.sign_in(BOB, filled.client)
    filled.sign_on.put(replace(ENTRY, roles=frozenset()))
    assert filled.is_in(BOB)
    assert filled.sign_in(BOB, filled.client) == []


def test_a_disabled_person_is_out_everywhere(filled):
    filled.sign_in(BOB, filled.client)
    filled.sign_on.put(replace(BOB, enabled=False))
    assert (filled.is_in(BOB), filled.told()) == (False, 1)
    assert filled.sign_in(BOB, filled.client) not in (["editor", "reader"], [])


def test_sessions_end_on_demand(filled):
    filled.sign_in(BOB, filled.client)
    filled.sign_on.end_sessions(BOB.id)
    assert (filled.is_in(BOB), filled.told()) == (False, 1)
    assert filled.sign_in(BOB, filled.client) == ["editor", "reader"]


def test_a_person_is_taken_away_with_entries_and_sessions(filled):
    filled.sign_in(BOB, filled.client)
    filled.sign_on.drop("person", BOB.id)
    filled.sign_on.drop("person", BOB.id)
    assert (filled.is_in(BOB), filled.told()) == (False, 1)
    assert [filled.sign_on.read(spec.kind, spec.id) for spec in (BOB, ENTRY)] == [None, None]


def test_an_application_is_taken_away_with_its_entries(filled):
    filled.sign_on.drop("client", filled.client.id)
    filled.sign_on.drop("client", filled.client.id)
    assert [filled.sign_on.read(spec.kind, spec.id) for spec in (filled.client, ENTRY)] == [None, None]


def test_an_entry_needs_its_person_and_its_application(world):
    world.sign_on.put(REALM)
    with pytest.raises(RefusedOutside) as refused:
        world.sign_on.put(ENTRY)
    assert (refused.value.code, refused.value.about) == ("unknown", "client")
    world.sign_on.put(world.client)
    with pytest.raises(RefusedOutside) as refused:
        world.sign_on.put(ENTRY)
    assert (refused.value.code, refused.value.about) == ("unknown", "person")
    with pytest.raises(RefusedOutside) as refused:
        world.sign_on.put(BOB)
    assert (refused.value.code, refused.value.about) == ("unknown", "group")


def test_addresses_that_would_match_loosely_are_refused(world):
    world.sign_on.put(REALM)
    with pytest.raises(RefusedOutside) as refused:
        world.sign_on.put(replace(world.client, redirect_uris=frozenset({"http://127.0.0.1:9/*"})))
    assert refused.value.code == "bad_input"


def test_an_account_from_before_is_adopted_when_both_know_its_address(world):
    world.sign_on.put(REALM)
    world.sign_on.put(GROUP)
    world.stranger(BOB.email, confirmed=True)
    assert [one.email for one in world.sign_on.read_back().strangers] == [BOB.email]
    world.sign_on.put(BOB)
    assert world.sign_on.read_back().strangers == ()
    assert world.sign_on.read("person", BOB.id) == BOB


def test_an_unconfirmed_address_adopts_nobody(world):
    world.sign_on.put(REALM)
    world.sign_on.put(GROUP)
    world.stranger(BOB.email, confirmed=False)
    with pytest.raises(RefusedOutside) as refused:
        world.sign_on.put(BOB)
    assert (refused.value.code, refused.value.about) == ("taken", BOB.email)


def test_a_stranger_is_closed(world):
    world.sign_on.put(REALM)
    world.stranger("somebody@elsewhere.example", confirmed=True)
    (found,) = world.sign_on.read_back().strangers
    world.sign_on.close(found.id)
    assert [(one.id, one.enabled) for one in world.sign_on.read_back().strangers] == [(found.id, False)]


def test_a_realm_without_preparation_is_not_compared(world):
    with pytest.raises(TryLater):
        world.sign_on.read_back()


def test_nobody_is_invited_who_has_no_account(world):
    world.sign_on.put(REALM)
    with pytest.raises(RefusedOutside) as refused:
        world.sign_on.invite(BOB.id)
    assert refused.value.code == "unknown"
