# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.kernel.refusals import Invalid
from archipel.mailing.models import Email
from archipel.outbox.worker import drain
from archipel.spaces import effects, operations, states
from archipel.spaces.models import Hold, Space
from archipel.spaces.operations.holding import AlreadyLifted, NothingToHold, ReasonMissing
from archipel.spaces.ports import HoldNotice
from tests import factories

pytestmark = pytest.mark.django_db


def _told(websites, site) -> HoldNotice | None:
    drain()
    return websites._read(site.public_id).hold


@pytest.mark.parametrize(
    ("effects_", "strongest"),
    [
        ([], ""),
        (["read_only"], "read_only"),
        (["suspended", "read_only"], "suspended"),
        (["read_only", "suspended", "read_only"], "suspended"),
    ],
)
def test_strongest_of_the_open_holds_applies(effects_, strongest):
    assert states.strongest(effects_) == strongest


def test_hold_reaches_the_application_with_whom_to_write_to(site, staff, websites):
    operations.place_hold(space=site, kind="unpaid", effect="read_only", reason="Facture de mai", by=staff)

    assert _told(websites, site) == HoldNotice("read_only", "fr", "L’Escale", "bonjour@lescale.example")
    assert Email.objects.filter(name="spaces/held").count() == 1


@pytest.mark.parametrize(
    ("kinds", "closes", "cause"),
    [
        (["abuse"], False, "host"),
        (["own_wish"], False, "own_wish"),
        (["own_wish", "unpaid"], False, "host"),
        (["maintenance"], False, "maintenance"),
        (["maintenance", "abuse"], False, "host"),
        ([], True, "closing"),
        (["own_wish"], True, "closing"),
        (["abuse"], True, "host"),
    ],
)
def test_visitors_read_whose_act_a_hold_is(site, alice, staff, websites, kinds, closes, cause):
    for kind in kinds:
        operations.place_hold(space=site, kind=kind, effect="suspended", reason="x", by=staff)
    if closes:
        operations.close_space(space=site, by=alice)

    assert _told(websites, site).cause == cause


def test_weaker_hold_of_the_host_does_not_make_a_pause_its_act(site, alice, staff, websites):
    operations.place_hold(space=site, kind="maintenance", effect="read_only", reason="x", by=staff)
    operations.place_hold(space=site, kind="own_wish", effect="suspended", reason="", by=alice)

    assert _told(websites, site).cause == "own_wish"


def test_paying_never_lifts_an_abuse_hold(site, staff, websites):
    unpaid = operations.place_hold(space=site, kind="unpaid", effect="suspended", reason="Facture", by=staff)
    operations.place_hold(space=site, kind="abuse", effect="read_only", reason="Signalement", by=staff)
    assert _told(websites, site).effect == "suspended"

    operations.lift_hold(hold=unpaid, by=staff)
    assert _told(websites, site).effect == "read_only"

    operations.lift_hold(hold=Hold.objects.get(kind="abuse"), by=staff)
    assert _told(websites, site) is None


def test_hold_is_lifted_once(site, staff):
    hold = operations.place_hold(space=site, kind="unpaid", effect="suspended", reason="Facture", by=staff)
    operations.lift_hold(hold=hold, by=staff)

    with pytest.raises(AlreadyLifted):
        operations.lift_hold(hold=hold, by=staff)


def test_hold_needs_a_reason_a_kind_and_an_effect(site, staff):
    with pytest.raises(ReasonMissing):
        operations.place_hold(space=site, kind="abuse", effect="suspended", reason=" ", by=staff)
    with pytest.raises(Invalid):
        operations.place_hold(space=site, kind="whim", effect="suspended", reason="x", by=staff)
    with pytest.raises(Invalid):
        operations.place_hold(space=site, kind="abuse", effect="erased", reason="x", by=staff)
    assert Hold.objects.count() == 0


@pytest.mark.parametrize("state", ["opening", "closed", "deleted"])
def test_only_what_is_there_can_be_held(site, staff, state):
    Space.objects.update(state=state)
    with pytest.raises(NothingToHold):
        operations.place_hold(space=site, kind="abuse", effect="suspended", reason="x", by=staff)


def test_own_wish_writes_to_nobody(site, alice):
    operations.place_hold(space=site, kind="own_wish", effect="suspended", reason="", by=alice)

    assert Email.objects.count() == 0
    assert effects.effect_of(site) == "suspended"


def test_application_that_was_silent_hears_of_the_hold_later(site, staff, websites):
    websites.faults.fail("silent")
    operations.place_hold(space=site, kind="abuse", effect="suspended", reason="x", by=staff)
    drain(raise_errors=False)
    websites.faults.heal()
    assert websites._read(site.public_id).hold is None

    operations.push_effect_of(space_id=site.public_id)

    assert websites._read(site.public_id).hold.effect == "suspended"


def test_new_role_reaches_the_spaces_of_the_organisation(site, charlie, websites):
    from archipel.organisations import operations as organisations

    asked = []
    websites.set_people = lambda space_id, people: asked.append((space_id, [who.person_id for who in people]))
    organisations.give_role(organisation=site.organisation, person=charlie, role="member")
    drain(raise_errors=False)

    assert [space_id for space_id, _ in asked] == [site.public_id]
    assert charlie.public_id in asked[0][1]


def test_space_still_opening_is_not_told_of_roles(host, trois_ponts):
    factories.space(trois_ponts, state="opening", opened_at=None)

    assert operations.people_changed(organisation_id=trois_ponts.public_id) == 0


def test_space_that_fails_does_not_keep_the_others_from_hearing_of_a_role(site, trois_ponts, websites):
    from archipel.kernel.outside import TryLater

    other = factories.open_site(trois_ponts, label="autre", title="Autre")
    asked = []

    def set_people(space_id, people):
        asked.append(space_id)
        if space_id == site.public_id:
            raise TryLater("busy")

    websites.set_people = set_people
    with pytest.raises(TryLater):
        operations.people_changed(organisation_id=trois_ponts.public_id)

    assert set(asked) == {site.public_id, other.public_id}
