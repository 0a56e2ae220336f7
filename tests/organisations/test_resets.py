# SPDX-License-Identifier: AGPL-3.0-or-later
"""The reset of a lost second factor: two persons, a person who is told at once, and a day to cancel."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from archipel.history import queries as history
from archipel.identity import operations as identity
from archipel.identity.models import Session
from archipel.identity.sessions import SessionStore
from archipel.kernel import clock
from archipel.kernel.refusals import NotAllowed, Refusal
from archipel.kernel.states import MoveRefused
from archipel.organisations import operations, personal, queries, resets
from archipel.organisations.models import SecondFactorReset
from archipel.organisations.operations.resets import _move
from tests import factories
from tests.identity.mailbox import letters_to

pytestmark = pytest.mark.usefixtures("host")
NOTE = "Appelé au 02 00 00 00 01, numéro connu depuis 2019 : c’est bien Bob."


@pytest.fixture
def second(trois_ponts):
    """A second referent of the Trois-Ponts."""
    person = factories.person(name="Denise Ba", email="denise@trois-ponts.example")
    factories.role(trois_ponts, person, "referent")
    return person


@pytest.fixture
def asked(trois_ponts, alice, bob):
    return operations.ask_reset(organisation=trois_ponts, person=bob, by=alice)


@pytest.fixture
def announced(asked, staff):
    return operations.announce_reset(reset=asked, by=staff, call_note=NOTE)


def session_of(person):
    session = SessionStore()
    session["_auth_user_id"] = str(person.pk)
    session.create()
    return session.session_key


def state_of(reset):
    return SecondFactorReset.objects.get(pk=reset.pk).state


def names_to(address):
    return [letter.name for letter in letters_to(address)]


def test_identity_removes_second_factors_and_ends_the_sessions_of_one_person(alice, bob, staff):
    theirs, other = session_of(bob), session_of(alice)
    Authenticator.objects.create(user=bob, type="totp", data={"secret": "x"})

    identity.remove_second_factors(person=bob, by=staff)

    assert set(Session.objects.values_list("session_key", flat=True)) & {theirs, other} == {other}
    assert not Authenticator.objects.filter(user=bob).exists()
    assert factories.last_entry().what == "identity.second_factors_removed"


def test_asking_tells_the_person_at_every_address_and_changes_nothing_yet(trois_ponts, alice, bob):
    factories.address(bob, "bob@home.example")
    factories.address(bob, "typo@nobody.example", verified=False)
    session = session_of(bob)

    reset = operations.ask_reset(organisation=trois_ponts, person=bob, by=alice)

    told = [names_to(address) for address in (bob.email, "bob@home.example", "typo@nobody.example", alice.email)]
    assert told == [["organisations/reset_asked"], ["organisations/reset_asked"], [], []]
    assert f"/second-factor/{resets.cancel_token(reset)}/" in letters_to("bob@home.example")[0].body
    assert (reset.state, Session.objects.filter(session_key=session).exists()) == ("asked", True)


def test_only_who_acts_for_the_organisation_asks(trois_ponts, alice, bob, charlie, staff):
    for by in (bob, charlie, staff):
        with pytest.raises(NotAllowed):
            operations.ask_reset(organisation=trois_ponts, person=alice, by=by)

    assert SecondFactorReset.objects.count() == 0


def test_nobody_asks_for_themselves_nor_for_strangers_nor_twice(trois_ponts, alice, charlie, asked, bob):
    refused = {}
    for name, person in (("own", alice), ("stranger", charlie), ("twice", bob)):
        with pytest.raises(Refusal) as caught:
            operations.ask_reset(organisation=trois_ponts, person=person, by=alice)
        refused[name] = caught.value.code

    assert refused == {"own": "own_second_factor", "stranger": "not_one_of_them", "twice": "reset_under_way"}


def test_referents_do_not_reset_the_people_of_the_host(trois_ponts, alice, staff):
    factories.role(trois_ponts, staff, "member")

    with pytest.raises(operations.OfTheHost):
        operations.ask_reset(organisation=trois_ponts, person=staff, by=alice)


def test_second_referent_confirms_and_it_is_done_at_once(asked, second, bob, alice, trois_ponts):
    session = session_of(bob)

    operations.confirm_reset(reset=asked, by=second)

    assert (state_of(asked), Session.objects.filter(session_key=session).exists()) == ("done", False)
    assert names_to(bob.email) == ["organisations/reset_done", "organisations/reset_asked"]
    lines = [line.sentence for line in history.of_organisation(trois_ponts.public_id).lines]
    assert lines == [
        "Le second facteur de Bob Leroy a été réinitialisé (Denise Ba)",
        "Alice Martin a demandé la réinitialisation du second facteur de Bob Leroy",
    ]


def test_who_asked_or_is_concerned_or_only_belongs_does_not_confirm(asked, alice, bob, charlie, staff, trois_ponts):
    factories.role(trois_ponts, bob, "referent")
    refused = []
    for by in (alice, bob, charlie, staff):
        with pytest.raises((operations.SameReferent, operations.OwnSecondFactor, NotAllowed)) as caught:
            operations.confirm_reset(reset=asked, by=by)
        refused.append(caught.value.code)

    assert refused == ["same_referent", "own_second_factor", "not_allowed", "not_allowed"]
    assert state_of(asked) == "asked"


def test_confirmation_is_worth_nothing_once_who_asked_no_longer_acts(asked, second, alice, trois_ponts):
    operations.give_role(organisation=trois_ponts, person=alice, role="member", by=second)

    with pytest.raises(operations.ResetOver):
        operations.confirm_reset(reset=asked, by=second)

    assert state_of(asked) == "asked"


def test_two_referents_do_not_decide_for_who_leads_another_organisation(asked, second, bob, staff):
    factories.organisation(name="Le Lavoir", referent=bob)

    with pytest.raises(operations.ResetNeedsTheHost):
        operations.confirm_reset(reset=asked, by=second)
    operations.announce_reset(reset=asked, by=staff, call_note=NOTE)

    assert state_of(asked) == "announced"


def test_person_alone_is_no_other_organisation(asked, second, bob):
    factories.organisation(name="Bob", kind="individual", referent=bob)

    operations.confirm_reset(reset=asked, by=second)

    assert state_of(asked) == "done"


def test_confirming_twice_is_refused(asked, second):
    operations.confirm_reset(reset=asked, by=second)

    with pytest.raises(operations.ResetOver):
        operations.confirm_reset(reset=asked, by=second)


def test_referent_refuses_and_another_may_be_asked(asked, second, trois_ponts, alice, bob):
    operations.refuse_reset(reset=asked, by=second)
    again = operations.ask_reset(organisation=trois_ponts, person=bob, by=alice)

    assert (state_of(asked), again.state) == ("refused", "asked")


def test_member_refuses_nothing(asked, charlie, trois_ponts):
    factories.role(trois_ponts, charlie, "member")

    with pytest.raises(NotAllowed):
        operations.refuse_reset(reset=asked, by=charlie)


def test_host_announces_after_a_call_and_it_is_done_a_day_later(asked, staff, bob):
    factories.address(bob, "bob@home.example")
    session = session_of(bob)
    with time_machine.travel(datetime(2026, 6, 1, 8, tzinfo=UTC), tick=False):
        SecondFactorReset.objects.update(asked_at=clock.now())
        operations.announce_reset(reset=asked, by=staff, call_note=NOTE)
    announced = [names_to(address)[0] for address in (bob.email, "bob@home.example")]
    with time_machine.travel(datetime(2026, 6, 2, 7, 59, 59, tzinfo=UTC), tick=False):
        early = operations.perform_due_resets(), state_of(asked)
    with time_machine.travel(datetime(2026, 6, 2, 8, tzinfo=UTC), tick=False):
        late = operations.perform_due_resets(), state_of(asked), operations.perform_due_resets()

    assert announced == ["organisations/reset_announced"] * 2
    assert (early, late) == ((0, "announced"), (1, "done", 0))
    assert not Session.objects.filter(session_key=session).exists()
    assert names_to("bob@home.example")[0] == "organisations/reset_done"


@pytest.mark.parametrize(
    ("announced_at", "promised", "hours_on_the_wall"),
    [
        # 29 March 2026: the night has one hour less, the notice has not.
        (datetime(2026, 3, 28, 9, tzinfo=UTC), "11 h", 25),
        # 25 October 2026: the night has one hour more.
        (datetime(2026, 10, 24, 8, tzinfo=UTC), "9 h", 23),
        (datetime(2026, 6, 1, 8, tzinfo=UTC), "10 h", 24),
    ],
)
def test_notice_is_a_whole_day_when_the_clocks_change(asked, staff, bob, announced_at, promised, hours_on_the_wall):
    with time_machine.travel(announced_at, tick=False):
        SecondFactorReset.objects.update(asked_at=clock.now())
        reset = operations.announce_reset(reset=asked, by=staff, call_note=NOTE)
        body = letters_to(bob.email)[0].body

    assert reset.due_at - announced_at == timedelta(hours=24)
    wall = [instant.astimezone(clock.zone()).replace(tzinfo=None) for instant in (announced_at, reset.due_at)]
    assert (wall[1] - wall[0]) == timedelta(hours=hours_on_the_wall)
    assert promised in body.replace("\u00a0", " ").replace("\u202f", " ")
    with time_machine.travel(reset.due_at - timedelta(seconds=1), tick=False):
        assert operations.perform_due_resets() == 0
    with time_machine.travel(reset.due_at, tick=False):
        assert operations.perform_due_resets() == 1


@pytest.mark.parametrize("note", ["", "   ", "appelé"])
def test_host_announces_nothing_without_a_call(asked, staff, note):
    with pytest.raises(operations.CallNoteMissing):
        operations.announce_reset(reset=asked, by=staff, call_note=note)

    assert state_of(asked) == "asked"


def test_host_announces_nothing_while_a_second_referent_may_confirm(asked, second, staff):
    with pytest.raises(operations.SecondReferentDecides):
        operations.announce_reset(reset=asked, by=staff, call_note=NOTE)


def test_closed_account_is_no_second_referent(asked, second, staff):
    second.is_active = False
    second.save()

    assert operations.announce_reset(reset=asked, by=staff, call_note=NOTE).state == "announced"


def test_who_is_not_of_the_host_announces_nothing(asked, alice, charlie):
    for by in (alice, charlie):
        with pytest.raises(NotAllowed):
            operations.announce_reset(reset=asked, by=by, call_note=NOTE)


def test_host_person_who_asked_as_a_referent_does_not_confirm(trois_ponts, alice, bob, staff):
    operations.give_role(organisation=trois_ponts, person=staff, role="referent")
    operations.give_role(organisation=trois_ponts, person=alice, role="member")
    reset = operations.ask_reset(organisation=trois_ponts, person=bob, by=staff)

    with pytest.raises(operations.SameReferent):
        operations.announce_reset(reset=reset, by=staff, call_note=NOTE)


def test_only_referent_is_called_by_the_host(trois_ponts, alice, staff):
    reset = operations.announce_reset_without_referent(organisation=trois_ponts, person=alice, by=staff, call_note=NOTE)

    assert (reset.state, reset.call_note, names_to(alice.email)) == (
        "announced",
        NOTE,
        ["organisations/reset_announced"],
    )


def test_host_does_not_begin_while_somebody_acts_for_the_organisation(trois_ponts, bob, staff):
    with pytest.raises(operations.SecondReferentDecides):
        operations.announce_reset_without_referent(organisation=trois_ponts, person=bob, by=staff, call_note=NOTE)

    assert SecondFactorReset.objects.count() == 0


def test_host_does_not_begin_alone_for_its_own_people(staff, reviewer):
    with pytest.raises(operations.OfTheHost):
        operations.announce_reset_without_referent(
            organisation=factories.host_organisation(), person=staff, by=reviewer, call_note=NOTE
        )


@pytest.mark.parametrize("step", ["asked", "announced"])
def test_person_cancels_until_it_is_done(request, step, bob, trois_ponts):
    reset = request.getfixturevalue(step)

    operations.cancel_reset(reset=resets.reset_of_link(resets.cancel_token(reset)))
    with time_machine.travel(clock.now() + timedelta(days=9), tick=False):
        done = operations.perform_due_resets()

    assert (state_of(reset), done) == ("cancelled", 0)
    assert "organisations/reset_done" not in names_to(bob.email)


def test_cancelling_what_is_done_is_refused(asked, second):
    operations.confirm_reset(reset=asked, by=second)

    with pytest.raises(operations.ResetOver):
        operations.cancel_reset(reset=asked)


def test_what_nobody_confirms_lapses_after_a_week(asked, second):
    with time_machine.travel(clock.now() + timedelta(days=7, seconds=1), tick=False):
        with pytest.raises(operations.ResetOver):
            operations.confirm_reset(reset=asked, by=second)
        done = operations.perform_due_resets()

    assert (done, state_of(asked)) == (0, "lapsed")


def test_announced_reset_of_somebody_who_left_lapses(announced, trois_ponts, bob, alice):
    operations.remove_person(organisation=trois_ponts, person=bob, by=alice)

    with time_machine.travel(announced.due_at, tick=False):
        assert (operations.perform_due_resets(), state_of(announced)) == (0, "lapsed")


def test_reset_asked_for_somebody_who_left_is_worth_nothing(asked, second, trois_ponts, bob, alice, staff):
    operations.remove_person(organisation=trois_ponts, person=bob, by=alice)

    for refused in (
        lambda: operations.confirm_reset(reset=asked, by=second),
        lambda: operations.announce_reset(reset=asked, by=staff, call_note=NOTE),
    ):
        with pytest.raises(operations.ResetOver):
            refused()
    lines = [queries.expected_of(second), resets.today_lines(), operations.perform_due_resets()]
    assert (lines, state_of(asked)) == ([[], [], 0], "lapsed")


def test_only_administrator_is_let_in_again_by_the_machine(staff, capsys):
    factories.address(staff, "yann@maison.example")
    Authenticator.objects.create(user=staff, type="totp", data={"secret": "x"})
    session = session_of(staff)

    call_command("reset_second_factor", "YANN@maison.example")

    assert (Authenticator.objects.count(), Session.objects.filter(pk=session).count()) == (0, 0)
    assert [names_to(address) for address in (staff.email, "yann@maison.example")] == [["organisations/reset_done"]] * 2
    assert "signs in with the passphrase alone, and was told by mail" in capsys.readouterr().out
    assert history.details_of("identity.second_factors_removed", "person", staff.public_id) == [{}]


def test_machine_resets_nobody_unknown_and_tells_nobody_who_had_none(staff, bob):
    with pytest.raises(CommandError, match="Nobody here confirmed x@nowhere"):
        call_command("reset_second_factor", "x@nowhere.example")
    call_command("reset_second_factor", bob.email)

    assert names_to(bob.email) == []


def test_states_move_only_as_the_table_says(asked, second):
    operations.confirm_reset(reset=asked, by=second)
    asked.refresh_from_db()

    for to in ("asked", "announced", "cancelled", "lapsed"):
        with pytest.raises(MoveRefused):
            _move(asked, to)


def test_database_refuses_an_announcement_without_its_call(asked):
    with pytest.raises(IntegrityError), transaction.atomic():
        SecondFactorReset.objects.filter(pk=asked.pk).update(state="announced")


def test_today_shows_what_needs_a_call_only(asked, second, alice, bob, trois_ponts):
    with_second = resets.today_lines()
    operations.give_role(organisation=trois_ponts, person=second, role="member")

    assert with_second == []
    assert [(line.title, line.verb, line.url) for line in queries.today_lines()] == [
        ("Bob Leroy", "people", f"/desk/resets/{asked.public_id}/")
    ]


def test_second_referent_and_the_person_are_expected_to_look(asked, second, alice, bob, trois_ponts):
    found = {who.name: [line.url for line in queries.expected_of(who)] for who in (second, alice, bob)}

    assert found == {
        "Denise Ba": [f"/organisations/{trois_ponts.public_id}/resets/{asked.public_id}/"],
        "Alice Martin": [],
        "Bob Leroy": [f"/second-factor/{resets.cancel_token(asked)}/"],
    }


def test_forgotten_person_leaves_no_reset(asked, second, bob, alice):
    operations.confirm_reset(reset=asked, by=second)
    operations.forget_in_organisations(person=bob, pseudonym="person-x")

    assert SecondFactorReset.objects.count() == 0


def test_old_resets_are_deleted_after_a_year(asked, second):
    operations.confirm_reset(reset=asked, by=second)

    with time_machine.travel(clock.now() + timedelta(days=364), tick=False):
        operations.purge()
        kept = SecondFactorReset.objects.count()
    with time_machine.travel(clock.now() + timedelta(days=366), tick=False):
        operations.purge()

    assert (kept, SecondFactorReset.objects.count()) == (1, 0)


def test_merging_ends_what_is_under_way_and_keeps_what_was_done(asked, bob, charlie, staff, second, trois_ponts, alice):
    operations.confirm_reset(reset=asked, by=second)
    pending = operations.ask_reset(organisation=trois_ponts, person=bob, by=alice)

    identity.merge_persons(kept=charlie, absorbed=bob, by=staff)

    rows = SecondFactorReset.objects.order_by("pk").values_list("person__name", "state")
    assert list(rows) == [("Charlie Petit", "done"), ("Charlie Petit", "lapsed")]
    assert state_of(pending) == "lapsed"


def test_merged_organisations_ask_again(asked, trois_ponts, charlie, staff):
    other = factories.organisation(name="Trois Ponts bis", referent=charlie)

    operations.merge_organisations(kept=other, absorbed=trois_ponts, by=staff)

    asked.refresh_from_db()
    assert (asked.state, asked.organisation) == ("lapsed", other)


def test_my_data_holds_what_is_about_me_alone(announced, trois_ponts, bob):
    cloud = factories.client("Nuage")
    access = operations.open_application(organisation=trois_ponts, client=cloud, known_roles=["reader"], by=None)
    operations.change_personal_access(access=access, person=bob, role="", by=None)

    held = personal.export(bob)

    assert held["own_accesses"] == [{"application": "Nuage", "organisation": trois_ponts.name, "role": ""}]
    assert held["second_factor_resets"] == [
        {
            "organisation": trois_ponts.name,
            "state": "announced",
            "asked_at": announced.asked_at.isoformat(),
            "call": NOTE,
            "ended_at": None,
        }
    ]
