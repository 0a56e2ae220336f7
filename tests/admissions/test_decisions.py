# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from archipel.admissions import operations, queries
from archipel.admissions.models import Request
from archipel.agreements.models import Agreement
from archipel.conversations.models import Conversation, Message
from archipel.kernel import clock
from archipel.kernel.refusals import AlreadyDecided
from archipel.mailing.models import Email
from archipel.organisations.models import Membership, Organisation
from archipel.spaces.models import Address
from tests import factories
from tests.admissions import mailbox
from tests.admissions.saying import plain, said

pytestmark = pytest.mark.django_db
DENISE = "denise@jardinsduponant.example"


@pytest.fixture
def peer(host):
    return operations.add_peer(name="Le Goulet", url="https://legoulet.example/", address="bonjour@legoulet.example")


def decide(request: Request, decision: str, by, **more) -> Request:
    return operations.decide(request=request, decision=decision, by=by, version=request.version, **more)


def test_accepting_proposes_one_agreement_with_every_line(received, reviewer):
    decided = decide(received, "accept", reviewer, words="Bienvenue !")

    assert (decided.state, decided.version, decided.decided_by, decided.decision) == ("accepted", 1, reviewer, "accept")
    lines = [(line.kind, line.cents) for line in decided.agreement.lines.all()]
    assert lines == [("membership", 3000), ("service", 6000)]
    assert (decided.agreement.referent_email, decided.agreement.state) == (DENISE, "proposed")
    assert "Bienvenue !" in mailbox.body_of("accepted")
    assert "90" in mailbox.body_of("accepted")


def test_accepting_for_a_member_of_an_organisation_writes_to_its_referent(site, reviewer, alice, bob, trois_ponts):
    asked = factories.received(site, email=bob.email, organisation_name=trois_ponts.name)

    decided = decide(asked, "accept", reviewer)

    assert decided.agreement.referent_email == alice.email
    assert mailbox.names_to(alice.email) == ["accepted"]
    assert mailbox.names_to(bob.email) == ["confirm_address", "received", "accepted_referent"]


def test_accepting_needs_a_price_when_it_is_to_be_agreed(host, reviewer):
    service = factories.service("videos", "Vidéos", state="open")
    tier = factories.yearly_tier(20 * 10**9)
    tier.pricing, tier.full_cents, tier.reduced_cents, tier.sustaining_cents, tier.free_level = (
        "to_be_agreed",
        None,
        None,
        None,
        False,
    )
    factories.offer(service, tiers=[tier])
    asked = factories.received(service)

    with pytest.raises(operations.PriceMissing):
        decide(asked, "accept", reviewer)

    decided = decide(asked, "accept", reviewer, agreed_cents=4500)
    assert [line.cents for line in decided.agreement.lines.all()] == [3000, 4500]


def test_own_price_may_be_answered_with_another_one(site, reviewer):
    asked = factories.received(site, price_level="own", own_price="12,50", price_reason="Nous débutons.")

    decided = decide(asked, "accept", reviewer, agreed_cents=2000)

    assert (asked.own_cents, [line.cents for line in decided.agreement.lines.all()]) == (1250, [3000, 2000])


def test_waiting_keeps_the_request_and_its_address(received, reviewer):
    assert decide(received, "waiting", reviewer).state == "waiting"
    assert Address.objects.get().reserved_for == received.public_id
    assert mailbox.names_to(DENISE)[-1] == "waiting"


def test_asking_writes_in_the_conversation(received, reviewer):
    asked = decide(received, "ask", reviewer, words="Combien êtes-vous ?")

    assert asked.state == "question"
    assert Message.objects.filter(kind="message").get().body == "Combien êtes-vous ?"
    assert Email.objects.latest("pk").name == "conversations/message"


def test_asking_without_words_is_refused(received, reviewer):
    with pytest.raises(operations.WordsMissing):
        decide(received, "ask", reviewer, words="  ")

    received.refresh_from_db()
    assert (received.state, received.version) == ("submitted", 0)


def test_an_answer_brings_the_question_back_to_review(received, reviewer):
    asked = decide(received, "ask", reviewer, words="Combien ?")

    assert operations.answer_received(request=asked) is True
    assert operations.answer_received(request=asked) is False
    asked.refresh_from_db()
    assert (asked.state, asked.version) == ("in_review", 1)
    assert Conversation.objects.get().waits_for_host is False


def test_redirecting_needs_consent(received, reviewer, peer):
    with pytest.raises(operations.NoConsent):
        decide(received, "redirect", reviewer, peer=peer)


def test_redirecting_tells_the_peer_and_the_person(site, reviewer, peer):
    asked = factories.received(site, redirect_consent="yes")

    decided = decide(asked, "redirect", reviewer, peer=peer, words="Ces mots sont pour vous seule.")

    assert (decided.state, decided.redirected_to) == ("redirected", peer)
    bodies = [mailbox.body_of(name) for name in ("to_peer", "redirected")]
    assert ["Les Jardins du Ponant" in bodies[0], *("pour vous seule" in body for body in bodies)] == [
        True,
        False,
        True,
    ]
    assert Email.objects.get(name="admissions/to_peer").reply_to == DENISE
    assert "Le Goulet" in mailbox.body_of("redirected")
    assert Address.objects.count() == 0


def test_redirecting_needs_a_peer(site, reviewer):
    with pytest.raises(operations.PeerMissing):
        decide(factories.received(site, redirect_consent="yes"), "redirect", reviewer)


def test_declining_needs_a_reason(received, reviewer):
    with pytest.raises(operations.ReasonMissing):
        decide(received, "decline", reviewer, reason="because")


def test_declining_says_why_frees_the_address_and_dates_the_purge(received, reviewer):
    decided = decide(received, "decline", reviewer, reason="outside_criteria", words="Vous êtes en Corse.")

    assert (decided.state, decided.decision_reason) == ("declined", "outside_criteria")
    assert decided.purge_on == clock.add_years(clock.today(), 1)
    assert Address.objects.count() == 0
    body = mailbox.body_of("declined")
    assert (said("Outside our criteria") in plain(body), "Vous êtes en Corse." in body) == (True, True)


def test_an_unknown_decision_is_refused(received, reviewer):
    with pytest.raises(operations.UnknownDecision):
        decide(received, "burn", reviewer)


def test_second_reviewer_sees_the_first_decision_and_changes_nothing(received, reviewer, staff):
    seen_by_both = received.version
    operations.decide(request=received, decision="decline", by=reviewer, version=seen_by_both, reason="no_room")

    with pytest.raises(AlreadyDecided) as refused:
        operations.decide(request=received, decision="accept", by=staff, version=seen_by_both)

    details = refused.value.details
    assert (details["by"], details["decision"], details["state"], details["version"]) == (
        reviewer.name,
        "decline",
        "declined",
        1,
    )
    assert reviewer.name in str(refused.value)
    received.refresh_from_db()
    assert (received.state, Agreement.objects.count()) == ("declined", 0)


def test_deciding_what_was_withdrawn_says_so(received, reviewer):
    operations.withdraw(request=received)

    with pytest.raises(AlreadyDecided) as refused:
        operations.decide(request=received, decision="accept", by=reviewer, version=0)

    assert "Denise Le Bris" in str(refused.value)


def test_a_reader_is_no_decision(received, reviewer, staff):
    operations.start_review(request=received, by=staff)

    assert operations.decide(request=received, decision="waiting", by=reviewer, version=0).state == "waiting"


def test_an_acceptance_is_corrected_until_it_is_agreed(received, reviewer):
    accepted = decide(received, "accept", reviewer)

    reopened = operations.reopen(request=accepted, by=reviewer, version=accepted.version)

    assert (reopened.state, reopened.agreement, reopened.version) == ("in_review", None, 2)
    assert Agreement.objects.get().state == "withdrawn"
    assert decide(reopened, "accept", reviewer).agreement.state == "proposed"


def test_an_acceptance_is_released_by_a_human_to_the_waiting_list(received, reviewer):
    accepted = decide(received, "accept", reviewer)

    released = decide(accepted, "waiting", reviewer)

    assert (released.state, released.agreement, Agreement.objects.get().state) == ("waiting", None, "withdrawn")


def test_a_declined_request_is_reopened_with_its_address(received, reviewer):
    declined = decide(received, "decline", reviewer, reason="other")

    reopened = operations.reopen(request=declined, by=reviewer, version=declined.version)

    assert (reopened.state, reopened.purge_on) == ("in_review", None)
    assert Address.objects.get().reserved_for == received.public_id


def test_several_at_once_each_with_the_version_that_was_read(site, reviewer):
    rows = [factories.bare_request(site, number) for number in range(1, 4)]
    Request.objects.filter(pk=rows[1].pk).update(version=1)

    outcome = operations.decide_many(requests=[(row, 0) for row in rows], decision="waiting", by=reviewer)

    assert [row.pk for row in outcome.done] == [rows[0].pk, rows[2].pk]
    assert [(row.pk, refusal.code) for row, refusal in outcome.refused] == [(rows[1].pk, "already_decided")]


def test_nothing_is_accepted_before_a_human_said_whether_it_is_the_same(site, reviewer, trois_ponts):
    trois_ponts.rna = "W294001234"
    trois_ponts.save()
    asked = factories.received(site, rna="W294001234")

    with pytest.raises(operations.SameOrganisationUndecided):
        decide(asked, "accept", reviewer)


def test_attaching_makes_the_asker_one_of_its_people(site, reviewer, alice, trois_ponts):
    trois_ponts.rna = "W294001234"
    trois_ponts.save()
    asked = factories.received(site, rna="W294001234")

    attached = operations.attach_to_known(request=asked, by=reviewer)

    assert (attached.organisation, attached.same_as) == (trois_ponts, None)
    assert Membership.objects.get(organisation=trois_ponts, person=asked.person).role == "member"
    assert decide(attached, "accept", reviewer).agreement.referent_email == alice.email
    with pytest.raises(operations.NothingToSettle):
        operations.attach_to_known(request=asked, by=reviewer)


def test_keeping_apart_makes_another_organisation_without_the_number(site, reviewer, trois_ponts):
    trois_ponts.rna = "W294001234"
    trois_ponts.save()
    asked = factories.received(site, rna="W294001234")

    separate = operations.keep_separate(request=asked, by=reviewer)

    assert (separate.organisation.name, separate.organisation.rna) == ("Les Jardins du Ponant", "")
    assert Organisation.objects.filter(rna="W294001234").get() == trois_ponts
    assert separate.rna == "W294001234"


def test_reminding_sends_a_new_link_and_ends_the_former(received, reviewer, client):
    accepted = decide(received, "accept", reviewer)
    former = mailbox.link_of("accepted", "/agreements/")

    operations.remind(request=accepted, by=reviewer)

    assert client.get(former).status_code == 404
    assert client.get(mailbox.link_of("accepted", "/agreements/")).status_code == 200


def test_reminding_what_waits_for_nobody_is_refused(received, reviewer):
    with pytest.raises(operations.NothingToRemind):
        operations.remind(request=received, by=reviewer)


def test_changing_the_wished_address_keeps_the_new_one_only(received, reviewer):
    operations.change_address(request=received, label="ponant", by=reviewer)

    assert Address.objects.get().name == "ponant.pages.example"


def test_an_acceptance_nobody_answers_is_a_line_on_today_and_stays_accepted(received, reviewer):
    decide(received, "accept", reviewer)

    assert queries.today_lines() == []
    with time_machine.travel(clock.now() + timedelta(days=31), tick=False):
        assert [(line.kind, line.tone) for line in queries.today_lines()] == [("agreement", "care")]
    received.refresh_from_db()
    assert received.state == "accepted"
