# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside
from archipel.kernel.refusals import NotAllowed
from archipel.mailing.models import Email
from archipel.organisations import access as organisation_access
from archipel.organisations.models import Membership
from archipel.outbox.worker import drain
from archipel.procedures import operations as procedure_operations
from archipel.procedures import queries as procedures
from archipel.procedures.operations import GoesToTheEnd
from archipel.spaces import operations, proofs, queries
from archipel.spaces.addresses import AddressRests, check_label
from archipel.spaces.files import export_path
from archipel.spaces.models import Address, Closing, Export, Space
from archipel.spaces.operations.closing import (
    ExportGone,
    ExportNotReady,
    NeedsTheHost,
    NotClosing,
    SamePerson,
    TooEarly,
)
from archipel.spaces.refusals import NotOpen
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def closing(site, alice):
    """A site with one version whose closing Alice asked for, its export made, its delay over."""
    operations.publish_zip(space=site, archive=factories.zip_of(), person=alice)
    site.refresh_from_db()
    operations.close_space(space=site, by=alice, reason="Fin du projet")
    drain()
    Closing.objects.update(delete_after=clock.today())
    site.refresh_from_db()
    return site


def test_closing_suspends_makes_the_export_and_waits(site, alice, websites):
    made = operations.close_space(space=site, by=alice, reason="Fin du projet")
    drain()

    site.refresh_from_db()
    made.refresh_from_db()
    assert (site.state, made.delete_after) == ("closing", clock.today() + timedelta(days=60))
    assert websites._read(site.public_id).hold.effect == "suspended"
    assert made.export.ready_at is not None
    assert made.export.expires_on == clock.today() + timedelta(days=90)
    assert set(Email.objects.values_list("name", flat=True)) == {"spaces/closing", "spaces/export_ready"}


def test_closing_twice_is_refused(closing, alice):
    with pytest.raises(NotOpen):
        operations.close_space(space=closing, by=alice)


def test_cancelling_brings_the_site_back_and_closing_may_be_asked_again(closing, alice, websites):
    operations.cancel_closing(space=closing, by=alice)
    drain()

    closing.refresh_from_db()
    assert closing.state == "open"
    assert websites._read(closing.public_id).hold is None
    with pytest.raises(NotClosing):
        operations.cancel_closing(space=closing, by=alice)
    operations.close_space(space=closing, by=alice)
    assert Closing.objects.count() == 2


def test_cancelling_leaves_the_holds_that_were_placed(closing, alice, staff, websites):
    operations.place_hold(space=closing, kind="abuse", effect="read_only", reason="x", by=staff)
    operations.cancel_closing(space=closing, by=alice)
    drain()

    assert websites._read(closing.public_id).hold.effect == "read_only"


@pytest.fixture
def people(alice, bob, charlie, staff, reviewer, trois_ponts):
    second = factories.person(name="Zoé", email="zoe@trois-ponts.example")
    factories.role(trois_ponts, second, "referent")
    other = factories.host_person(name="Yann", email="yann@lescale.example", roles=["administrator"])
    return {
        "referent": alice,
        "referent 2": second,
        "member": bob,
        "stranger": charlie,
        "host": staff,
        "host 2": other,
        "reviewer": reviewer,
    }


PAIRS = [
    ("host", "host 2", None),
    ("host", "referent", None),
    ("referent", "host", None),
    ("host", "host", SamePerson),
    ("referent", "referent", SamePerson),
    ("referent", "referent 2", NeedsTheHost),
    ("host", "member", NotAllowed),
    ("host", "reviewer", NotAllowed),
    ("host", "stranger", NotAllowed),
    ("member", None, NotAllowed),
    ("reviewer", None, NotAllowed),
    ("stranger", None, NotAllowed),
]


@pytest.mark.parametrize(("first", "second", "refusal"), PAIRS)
def test_two_persons_confirm_one_of_the_host(closing, people, first, second, refusal):
    if second is None:
        with pytest.raises(refusal):
            operations.confirm_deletion(space=closing, by=people[first])
        return
    operations.confirm_deletion(space=closing, by=people[first])
    assert Space.objects.get().state == "closing"

    if refusal:
        with pytest.raises(refusal):
            operations.confirm_deletion(space=closing, by=people[second])
    else:
        operations.confirm_deletion(space=closing, by=people[second])

    assert Space.objects.get().state == ("closing" if refusal else "closed")


def test_first_person_who_lost_their_role_no_longer_counts(closing, people):
    operations.confirm_deletion(space=closing, by=people["host"])
    Membership.objects.filter(person=people["host"]).update(ended_at=clock.now())
    organisation_access.forget_roles_held(people["host"])

    operations.confirm_deletion(space=closing, by=people["referent"])

    assert Closing.objects.get().first_confirmed_by == people["referent"]
    assert Space.objects.get().state == "closing"


def test_nothing_is_confirmed_before_the_end_of_the_delay(closing, staff):
    Closing.objects.update(delete_after=clock.today() + timedelta(days=1))
    with pytest.raises(TooEarly):
        operations.confirm_deletion(space=closing, by=staff)
    assert Closing.objects.get().first_confirmed_by is None


def test_nothing_is_confirmed_before_the_export_is_there(site, alice, staff):
    operations.close_space(space=site, by=alice)
    Closing.objects.update(delete_after=clock.today())
    with pytest.raises(ExportNotReady):
        operations.confirm_deletion(space=site, by=staff)


@pytest.mark.parametrize("loss", ["past its day", "purged", "lost from the disk"])
def test_nothing_is_confirmed_without_an_export_to_fetch(closing, alice, staff, loss):
    """What was made for the closing and is there no more: another export is asked for, and the deletion waits for it."""
    gone = Closing.objects.get().export
    if loss == "lost from the disk":
        export_path(gone).unlink()
    else:
        removed_at = clock.now() if loss == "purged" else None
        Export.objects.update(expires_on=clock.today() - timedelta(days=1), removed_at=removed_at)
    with pytest.raises(ExportGone):
        operations.confirm_deletion(space=closing, by=staff)
    assert queries.site_view(closing, alice).closing.export_gone is True

    other = operations.ask_export(space=closing, by=alice)
    with pytest.raises(ExportNotReady):
        operations.confirm_deletion(space=closing, by=staff)
    drain()
    operations.confirm_deletion(space=closing, by=staff)

    assert (Closing.objects.get().export, Closing.objects.get().first_confirmed_by) == (other, staff)


def test_export_of_a_closing_is_kept_as_long_as_nobody_confirms(closing, alice, staff):
    """Two persons may take a year to confirm: what they delete can be fetched for a month more."""
    Export.objects.update(expires_on=clock.today() - timedelta(days=1))

    operations.purge_all()

    export = Closing.objects.get().export
    assert (export.expires_on, export_path(export).exists()) == (clock.today() + timedelta(days=30), True)
    operations.cancel_closing(space=closing, by=alice)
    Export.objects.update(expires_on=clock.today() - timedelta(days=1))
    operations.purge_all()
    assert export_path(export).exists() is False


def test_closing_makes_an_export_of_its_own(site, alice):
    """One that is being made may have been gathered before the last publication."""
    earlier = operations.ask_export(space=site, by=alice)

    assert operations.close_space(space=site, by=alice).export != earlier


def test_nothing_is_confirmed_for_a_space_that_stays(site, staff):
    with pytest.raises(NotClosing):
        operations.confirm_deletion(space=site, by=staff)


@pytest.fixture
def deleted(closing, alice, staff):
    operations.confirm_deletion(space=closing, by=alice)
    operations.confirm_deletion(space=closing, by=staff)
    drain()
    closing.refresh_from_db()
    return closing


def test_deletion_leaves_nothing_but_history_and_a_proof(deleted, websites, alice, staff):
    assert deleted.state == "deleted"
    assert list(websites.store.list("spaces/")) == []
    with pytest.raises(RefusedOutside):
        websites.versions(deleted.public_id)
    proof = Closing.objects.get().proof
    assert proof["space"]["address"] == "trois-ponts.pages.example"
    assert [(step["by"], step["as"]) for step in proof["confirmed"]] == [
        (alice.public_id, "referent"),
        (staff.public_id, "host"),
    ]
    assert proof["objects_deleted"] > 0
    assert proof["counted_before"]["files"] == 1
    assert proof["export_sha256"] == Closing.objects.get().export.sha256
    assert queries.proof_of(deleted) == proof


def test_proof_is_recognised_and_a_changed_one_is_not(deleted):
    proof = Closing.objects.get().proof

    assert proofs.is_ours(proof) is True
    assert proofs.is_ours({**proof, "objects_deleted": 0}) is False
    assert proofs.is_ours({}) is False


def test_address_rests_a_year_after_deletion(deleted):
    with pytest.raises(AddressRests):
        check_label("trois-ponts")
    assert Address.objects.get().rests_until == clock.add_months(clock.today(), 12)


def test_history_survives_the_deletion(deleted):
    from archipel.history import queries as history

    whats = [line.what for line in history.of_organisation(deleted.organisation.public_id).lines]
    assert whats[0] == "space.deleted"
    assert "space.published" in whats


def test_interrupted_deletion_counts_before_it_deletes(closing, alice, staff, websites):
    """The store deletes half and falls silent; the run after it finishes, and the proof still tells what there was."""
    operations.confirm_deletion(space=closing, by=alice)
    operations.confirm_deletion(space=closing, by=staff)
    websites.faults.fail("silent", nth=8)
    drain(raise_errors=False)
    websites.faults.heal()
    assert Space.objects.get().state == "closed"

    procedure = procedures.of("space", closing.public_id)
    assert procedure.state == "waiting"
    procedure_operations.resume(procedure=procedure, by=None)
    drain()

    assert Space.objects.get().state == "deleted"
    proof = Closing.objects.get().proof
    # The blob, the list of its version, the record and the address: the run that finished deleted only some of them.
    assert (proof["counted_before"]["files"], proof["objects_deleted"]) == (1, 4)


def test_today_says_that_a_deletion_waits(closing, staff):
    lines = [line for line in queries.today_lines() if line.kind == "space"]
    assert [(line.verb, line.public_id) for line in lines] == [("delete", closing.public_id)]

    Closing.objects.update(delete_after=clock.today() + timedelta(days=1))
    assert [line for line in queries.today_lines() if line.kind == "space"] == []


def test_referent_is_asked_to_confirm_until_they_did(closing, alice):
    assert [line.url for line in queries.expected_of(alice)] == [f"/spaces/{closing.public_id}/"]
    operations.confirm_deletion(space=closing, by=alice)
    assert queries.expected_of(alice) == []


def test_another_export_stands_in_for_one_that_was_given_up(site, alice, staff):
    given_up = operations.close_space(space=site, by=alice).export
    procedure_operations.cancel(procedure=procedures.of("export", given_up.public_id), by=staff)
    drain()
    Closing.objects.update(delete_after=clock.today())
    assert queries.site_view(Space.objects.get(), alice).closing.export_gone is True
    with pytest.raises(ExportGone):
        operations.confirm_deletion(space=site, by=staff)

    other = operations.ask_export(space=site, by=alice)
    drain()
    operations.confirm_deletion(space=site, by=staff)

    assert (Closing.objects.get().export, Closing.objects.get().first_confirmed_by) == (other, staff)


def test_deletion_that_two_persons_decided_is_never_given_up(closing, alice, staff, websites):
    """Nothing would take it up again: what is left of the space would stay, without a proof."""
    operations.confirm_deletion(space=closing, by=alice)
    operations.confirm_deletion(space=closing, by=staff)
    websites.faults.fail("silent")
    drain(raise_errors=False)

    procedure = procedures.of("space", closing.public_id)
    with pytest.raises(GoesToTheEnd):
        procedure_operations.cancel(procedure=procedure, by=staff)
    assert procedures.procedure_page(procedure.public_id).can_cancel is False
