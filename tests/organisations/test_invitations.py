# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine

from archipel.identity.models import Person
from archipel.identity.operations import InvalidAddress, WeakPassphrase
from archipel.kernel import clock
from archipel.organisations import operations, queries
from archipel.organisations.models import Invitation, Membership
from tests import factories
from tests.identity.mailbox import letters_to

pytestmark = pytest.mark.usefixtures("host")
PASSPHRASE = "une lampe sous trois escaliers"


def token_sent_to(email):
    """Return the token of the last invitation sent to an address."""
    return re.search(r"/invitation/([^/\s]+)/", letters_to(email)[0].body)[1]


@pytest.fixture
def invited(trois_ponts, alice):
    """Denise, whom nobody knows here, is invited as treasurer."""
    return operations.invite(
        organisation=trois_ponts, email="Denise@Trois-Ponts.example", name="Denise", role="treasurer", by=alice
    )


def role_of(person, organisation):
    return list(
        Membership.objects.filter(person=person, organisation=organisation, ended_at=None).values_list(
            "role", flat=True
        )
    )


def test_invite_mails_a_link_and_keeps_only_its_digest(invited):
    token = token_sent_to("denise@trois-ponts.example")

    assert (invited.email, token in str(vars(invited))) == ("denise@trois-ponts.example", False)
    assert token.startswith(invited.public_id)


def test_accept_opens_the_account_and_gives_the_role(invited, trois_ponts):
    person = operations.accept_invitation(
        token=token_sent_to(invited.email), name="Denise Kervella", passphrase=PASSPHRASE
    )

    assert (person.name, person.check_password(PASSPHRASE), role_of(person, trois_ponts)) == (
        "Denise Kervella", True, ["treasurer"],
    )  # fmt: skip


def test_accept_works_once(invited):
    token = token_sent_to(invited.email)
    operations.accept_invitation(token=token, name="Denise", passphrase=PASSPHRASE)

    with pytest.raises(operations.InvitationUsed):
        operations.accept_invitation(token=token, name="Denise", passphrase=PASSPHRASE)


def test_accept_with_a_weak_passphrase_changes_nothing(invited):
    with pytest.raises(WeakPassphrase):
        operations.accept_invitation(token=token_sent_to(invited.email), name="Denise", passphrase="court")

    invited.refresh_from_db()
    assert (invited.accepted_at, Person.objects.filter(email=invited.email).exists()) == (None, False)


def test_accept_by_somebody_who_has_an_account_asks_to_sign_in(trois_ponts, alice, charlie):
    operations.invite(organisation=trois_ponts, email=charlie.email, role="member", by=alice)

    with pytest.raises(operations.SignInFirst):
        operations.accept_invitation(token=token_sent_to(charlie.email), name="X", passphrase=PASSPHRASE)

    charlie.refresh_from_db()
    assert charlie.check_password(factories.PASSPHRASE)


def test_accept_as_the_signed_in_person(trois_ponts, alice, charlie):
    operations.invite(organisation=trois_ponts, email=charlie.email, role="member", by=alice)

    operations.accept_invitation(token=token_sent_to(charlie.email), person=charlie)

    assert role_of(charlie, trois_ponts) == ["member"]


def test_accept_by_another_address_is_refused(invited, charlie, trois_ponts):
    with pytest.raises(operations.OtherAddress):
        operations.accept_invitation(token=token_sent_to(invited.email), person=charlie)

    assert role_of(charlie, trois_ponts) == []


def test_accept_never_lowers_a_role(trois_ponts, alice, bob):
    operations.invite(organisation=trois_ponts, email="bob@home.example", role="member", by=alice)
    factories.address(bob, "bob@home.example")
    operations.give_role(organisation=trois_ponts, person=bob, role="referent", by=alice)

    operations.accept_invitation(token=token_sent_to("bob@home.example"), person=bob)

    assert role_of(bob, trois_ponts) == ["referent"]


def test_expired_link_says_so(invited):
    with time_machine.travel(clock.now() + timedelta(days=15)), pytest.raises(operations.InvitationExpired):
        operations.accept_invitation(token=token_sent_to(invited.email), name="D", passphrase=PASSPHRASE)


def test_link_works_until_the_last_second(invited):
    with time_machine.travel(invited.expires_at - timedelta(seconds=1), tick=False):
        person = operations.accept_invitation(token=token_sent_to(invited.email), name="D", passphrase=PASSPHRASE)

    assert person.email == invited.email


def test_withdrawn_link_says_so(invited, alice):
    operations.withdraw_invitation(invitation=invited, by=alice)

    with pytest.raises(operations.InvitationWithdrawn):
        operations.accept_invitation(token=token_sent_to(invited.email), name="D", passphrase=PASSPHRASE)


def test_unknown_link_does_not_exist():
    with pytest.raises(operations.InvitationUnknown):
        operations.accept_invitation(token="nothing", name="D", passphrase=PASSPHRASE)


def test_resend_replaces_the_link_and_starts_the_delay_again(invited, alice):
    first = token_sent_to(invited.email)
    with time_machine.travel(clock.now() + timedelta(days=20), tick=False):
        operations.resend_invitation(invitation=invited, by=alice)
        second = token_sent_to(invited.email)

        with pytest.raises(operations.InvitationReplaced):
            operations.accept_invitation(token=first, name="D", passphrase=PASSPHRASE)
        operations.accept_invitation(token=second, name="D", passphrase=PASSPHRASE)

    assert first != second


def test_resend_refuses_what_is_over(invited, alice):
    operations.withdraw_invitation(invitation=invited, by=alice)

    with pytest.raises(operations.InvitationOver):
        operations.resend_invitation(invitation=invited, by=alice)


def test_inviting_again_renews_the_pending_invitation(invited, trois_ponts, alice):
    again = operations.invite(organisation=trois_ponts, email=invited.email, role="member", by=alice)

    assert (again.pk, again.role, Invitation.objects.count()) == (invited.pk, "member", 1)


def test_inviting_a_member_is_refused(trois_ponts, alice, bob):
    with pytest.raises(operations.AlreadyMember) as refusal:
        operations.invite(organisation=trois_ponts, email=bob.email.upper(), role="member", by=alice)

    assert refusal.value.field == "email"


def test_inviting_a_member_without_passphrase_is_their_key(trois_ponts, alice):
    newcomer = factories.person(name="Nour", email="nour@trois-ponts.example")
    newcomer.set_unusable_password()
    newcomer.save()
    factories.role(trois_ponts, newcomer, "referent")

    operations.invite(organisation=trois_ponts, email=newcomer.email, role="referent")
    person = operations.accept_invitation(token=token_sent_to(newcomer.email), name="Nour", passphrase=PASSPHRASE)

    assert (person, person.has_usable_password(), role_of(person, trois_ponts)) == (newcomer, True, ["referent"])


@pytest.mark.parametrize("email", ["", "denise", "denise@", "a b@c.example"])
def test_inviting_a_wrong_address_is_refused(trois_ponts, alice, email):
    with pytest.raises(InvalidAddress):
        operations.invite(organisation=trois_ponts, email=email, role="member", by=alice)


def test_inviting_a_known_and_an_unknown_address_sends_the_same_words(trois_ponts, alice, charlie):
    operations.invite(organisation=trois_ponts, email=charlie.email, role="member", by=alice)
    operations.invite(organisation=trois_ponts, email="unknown@elsewhere.example", role="member", by=alice)

    known, unknown = (
        re.sub(r"/invitation/[^/]+/", "LINK", letters_to(email)[0].body)
        for email in (charlie.email, "unknown@elsewhere.example")
    )

    assert known == unknown


def test_asking_for_a_new_link_writes_to_who_invited(invited, alice):
    with time_machine.travel(clock.now() + timedelta(days=15)):
        operations.ask_for_new_invitation(token=token_sent_to(invited.email))

    letter = letters_to(alice.email)[0]
    assert (letter.subject, "denise@trois-ponts.example" in letter.body) == (
        "denise@trois-ponts.example souhaite une nouvelle invitation", True,
    )  # fmt: skip


def test_asking_for_a_new_link_without_inviter_writes_to_the_host(trois_ponts, host):
    operations.invite(organisation=trois_ponts, email="denise@trois-ponts.example", role="referent")

    operations.ask_for_new_invitation(token=token_sent_to("denise@trois-ponts.example"))

    assert len(letters_to(host.contact_address)) == 1


def test_invitation_waits_on_the_home_page_of_who_has_an_account(trois_ponts, alice, charlie):
    operations.invite(organisation=trois_ponts, email=charlie.email, role="member", by=alice)

    lines = queries.expected_of(charlie)

    assert [line.title for line in lines] == ["La ressourcerie des Trois-Ponts vous invite"]


def test_expired_invitation_of_a_referent_is_a_line_on_today(trois_ponts):
    operations.invite(organisation=trois_ponts, email="denise@trois-ponts.example", role="referent")
    operations.invite(organisation=trois_ponts, email="emile@trois-ponts.example", role="member")

    before = queries.today_lines()
    with time_machine.travel(clock.now() + timedelta(days=15)):
        after = [(line.title, line.verb) for line in queries.today_lines()]

    assert (before, after) == ([], [("La ressourcerie des Trois-Ponts", "people")])


def test_purge_forgets_dead_invitations(invited):
    with time_machine.travel(clock.now() + timedelta(days=14 + 89)):
        kept = operations.purge()
    with time_machine.travel(clock.now() + timedelta(days=14 + 91)):
        gone = operations.purge()

    assert (kept, gone, Invitation.objects.count()) == (0, 1, 0)


def test_who_is_removed_does_not_come_back_by_an_invitation_of_their_own(trois_ponts, alice, bob, charlie):
    sent = operations.invite(organisation=trois_ponts, email="bob2@elsewhere.example", role="referent", by=bob)
    other = operations.invite(organisation=trois_ponts, email=charlie.email, role="member", by=alice)

    operations.remove_person(organisation=trois_ponts, person=bob, by=alice)

    sent.refresh_from_db()
    other.refresh_from_db()
    assert (sent.withdrawn_at is None, other.withdrawn_at is None) == (False, True)
