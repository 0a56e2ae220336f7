# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from threading import Thread

import pytest
from django.conf import settings
from django.db import connection, transaction

from archipel.history.models import Entry as HistoryEntry
from archipel.identity import operations as identity
from archipel.identity.models import Entry, SignIn
from archipel.kernel import clock
from archipel.mailing.models import Email
from archipel.organisations import operations as organisations
from archipel.outbox.worker import drain
from archipel.spaces import operations
from archipel.spaces.models import Restoration, Space, SpaceRole
from archipel.spaces.moves import locked
from archipel.spaces.operations.entries import rewrite_entries_of
from archipel.spaces.unpacking import PersonBrought
from tests import factories

pytestmark = pytest.mark.django_db


def entries(space):
    """Return who enters a space, by name, with the words told."""
    rows = Entry.objects.filter(through=f"space:{space.public_id}").select_related("person").order_by("person__name")
    return {entry.person.name: entry.roles for entry in rows}


def test_role_in_the_organisation_decides_at_once(blog, trois_ponts, charlie):
    organisations.give_role(organisation=trois_ponts, person=charlie, role="treasurer")

    assert entries(blog) == {
        "Alice Martin": ["administrator"],
        "Bob Leroy": ["editor"],
        "Charlie Petit": ["editor"],
    }


def test_removed_person_loses_entry_and_sign_in_before_any_worker_runs(blog, trois_ponts, alice, bob):
    now = clock.now()
    SignIn.objects.create(
        client=blog.client, person=bob, session_digest="0" * 64, sid="s", scopes=["openid"], signed_in_at=now,
        code_digest="c" * 64, code_expires_at=now, redirect_uri="https://x.example/", created_at=now, redeemed_at=now,
    )  # fmt: skip

    organisations.remove_person(organisation=trois_ponts, person=bob, by=alice)

    assert entries(blog) == {"Alice Martin": ["administrator"]}
    assert SignIn.objects.get().end_reason == "entry"


def test_stranger_never_enters(blog, charlie):
    assert not Entry.objects.filter(person=charlie).exists()


def test_suspension_lets_nobody_in_and_release_lets_them_back(blog, staff):
    hold = operations.place_hold(space=blog, kind="abuse", effect="suspended", reason="Signalement", by=staff)
    assert entries(blog) == {}

    operations.lift_hold(hold=hold, by=staff)

    assert entries(blog) == {"Alice Martin": ["administrator"], "Bob Leroy": ["editor"]}


def test_read_only_hold_changes_nothing_of_who_enters(blog, staff):
    operations.place_hold(space=blog, kind="unpaid", effect="read_only", reason="Facture", by=staff)

    assert entries(blog) == {"Alice Martin": ["administrator"], "Bob Leroy": ["editor"]}


def test_closing_ends_entries_and_its_cancelling_gives_them_back(blog, alice):
    operations.close_space(space=blog, by=alice)
    assert entries(blog) == {}

    operations.cancel_closing(space=blog, by=alice)

    assert entries(blog) == {"Alice Martin": ["administrator"], "Bob Leroy": ["editor"]}


def test_own_role_replaces_what_follows_and_the_application_is_told(blog, blogs, alice, bob):
    operations.change_space_role(space=blog, person=bob, role="author", by=alice)
    drain()

    assert entries(blog)["Bob Leroy"] == ["author"]
    assert blogs.stack(blog.public_id)["people"] == {alice.public_id: "referent", bob.public_id: "author"}
    mail = Email.objects.get(name="spaces/role_changed")
    assert mail.to_address == bob.email
    assert HistoryEntry.objects.filter(what="space.own_role.role").count() == 1


def test_person_may_be_kept_out_of_one_space_and_stays_out_whatever_their_role(blog, trois_ponts, alice, bob):
    operations.change_space_role(space=blog, person=bob, role="", by=alice)
    organisations.give_role(organisation=trois_ponts, person=bob, role="treasurer", by=alice)

    assert entries(blog) == {"Alice Martin": ["administrator"]}


def test_own_role_is_taken_back(blog, alice, bob):
    operations.change_space_role(space=blog, person=bob, role="subscriber", by=alice)
    operations.change_space_role(space=blog, person=bob, role=None, by=alice)

    assert entries(blog)["Bob Leroy"] == ["editor"]
    assert SpaceRole.objects.count() == 0


def test_same_own_role_again_writes_nothing(blog, alice, bob):
    operations.change_space_role(space=blog, person=bob, role="author", by=alice)
    written = HistoryEntry.objects.count(), Email.objects.count()

    operations.change_space_role(space=blog, person=bob, role="author", by=alice)

    assert (HistoryEntry.objects.count(), Email.objects.count()) == written


def test_role_that_the_application_does_not_know_is_refused(blog, alice, bob):
    with pytest.raises(organisations.RoleNotKnown):
        operations.change_space_role(space=blog, person=bob, role="captain", by=alice)


def test_stranger_is_given_no_role_of_their_own(blog, alice, charlie):
    with pytest.raises(organisations.NotOneOfThem):
        operations.change_space_role(space=blog, person=charlie, role="author", by=alice)


def test_who_leaves_and_comes_back_begins_with_their_role(blog, trois_ponts, alice, bob):
    operations.change_space_role(space=blog, person=bob, role="author", by=alice)
    organisations.end_role(organisation=trois_ponts, person=bob, by=alice)

    organisations.give_role(organisation=trois_ponts, person=bob, role="member", by=alice)

    assert entries(blog)["Bob Leroy"] == ["editor"]


def test_merged_organisation_brings_its_space_and_its_people(blog, trois_ponts, charlie, staff):
    other = factories.organisation(name="Le Lavoir", referent=charlie)

    organisations.merge_organisations(kept=other, absorbed=trois_ponts, by=staff)

    assert entries(blog) == {
        "Alice Martin": ["administrator"],
        "Bob Leroy": ["editor"],
        "Charlie Petit": ["administrator"],
    }


def test_merged_person_enters_once_with_their_own_role(blog, trois_ponts, alice, bob, staff):
    twin = factories.person(name="Bob L.", email="bob@twin.example")
    operations.change_space_role(space=blog, person=bob, role="author", by=alice)

    identity.merge_persons(kept=twin, absorbed=bob, by=staff)

    assert entries(blog) == {"Alice Martin": ["administrator"], "Bob L.": ["author"]}


def test_night_repairs_entries_that_somebody_wrote_by_hand(blog, charlie, bob):
    way = f"space:{blog.public_id}"
    Entry.objects.create(client=blog.client, person=charlie, through=way, since=clock.now())
    Entry.objects.create(client=blog.client, person=charlie, through="space:gone", since=clock.now())
    Entry.objects.filter(person=bob).delete()

    assert operations.repair_space_entries() == 3
    assert entries(blog) == {"Alice Martin": ["administrator"], "Bob Leroy": ["editor"]}
    assert operations.repair_space_entries() == 0


def test_people_who_are_moved_in_many_at_a_time_enter_at_once(blog, trois_ponts, charlie):
    """An organisation that enters nothing but its spaces: entries follow all the same."""
    first = organisations.FirstRole(trois_ponts, charlie, "member")
    organisations.give_first_roles(roles=[first])
    assert Entry.objects.get(person=charlie, through=f"space:{blog.public_id}").roles == ["editor"]


if "postgresql" in settings.DATABASES["default"]["ENGINE"]:  # a file in memory has one writer, and nothing to race with

    def _beside(work):
        """Do something in a thread with a connection of its own; return what waits for its end."""

        def run():
            try:
                work()
            finally:
                connection.close()

        thread = Thread(target=run)
        thread.start()
        return thread

    @pytest.mark.django_db(transaction=True)
    def test_who_is_removed_while_a_space_opens_does_not_stay_in_it(host, blogs, alice, bob):
        trois_ponts = factories.organisation("Les Trois-Ponts", referent=alice, members=[bob])
        with transaction.atomic():
            space = factories.open_blog(trois_ponts)
        client = space.client
        Space.objects.filter(pk=space.pk).update(client=None)
        Entry.objects.all().delete()

        def open_it():
            with transaction.atomic():
                row = locked(space)
                row.client = client
                row.save(update_fields=["client"])
                rewrite_entries_of(space=row)

        with transaction.atomic():
            organisations.remove_person(organisation=trois_ponts, person=bob, by=alice)
            opening = _beside(open_it)
            opening.join(2)
        opening.join(20)
        assert entries(space) == {"Alice Martin": ["administrator"]}

    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("times", range(8))
    def test_a_bundle_and_a_removal_at_once_neither_block_each_other_nor_leave_an_entry(
        host, blogs, alice, bob, staff, times
    ):
        trois_ponts = factories.organisation("Les Trois-Ponts", referent=alice, members=[bob])
        with transaction.atomic():
            space = factories.open_blog(trois_ponts)
        operations.change_space_role(space=space, person=bob, role="author", by=alice)
        now = clock.now()
        row = Restoration.objects.create(
            public_id="b" * 14, space=space, state="running", asked_by=alice, asked_at=now, size=1, origin={}
        )
        told = [PersonBrought("Bob", bob.email, "member", "subscriber")]
        failed: list[BaseException] = []

        def try_it(work):
            def run():
                try:
                    work()
                except BaseException as error:
                    failed.append(error)

            return _beside(run)

        both = [
            try_it(lambda: organisations.remove_person(organisation=trois_ponts, person=bob, by=alice)),
            try_it(lambda: operations.link_people(restoration=row, people=told)),
        ]
        for one in both[:: 1 if times % 2 else -1]:
            one.join(20)
        assert failed == []
        assert "Bob Leroy" not in entries(space)
