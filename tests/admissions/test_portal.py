# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.admissions import operations, queries
from archipel.admissions.links import token_for
from archipel.admissions.models import Request
from archipel.admissions.states import LABELS, REQUEST
from archipel.conversations.models import Message, Participant
from archipel.conversations.operations import receive_mail
from tests import factories
from tests.admissions import mailbox
from tests.admissions.pages import nodes, text_of
from tests.admissions.saying import said
from tests.conversations.mails import mail, reply_to

pytestmark = pytest.mark.django_db
DENISE = "denise@jardinsduponant.example"


def follow_url(request: Request) -> str:
    return f"/requests/follow/{token_for('follow', request.public_id)}/"


def test_the_link_of_the_mails_follows_without_an_account(client, received):
    link = mailbox.link_of("received", "/requests/follow/")

    page = text_of(client.get(link))

    assert link == follow_url(received)
    assert (
        received.reference in page,
        said("A person reads your request and answers you by e-mail. There is nothing to do.") in page,
    ) == (True, True)


@pytest.mark.parametrize("state", [state for state in REQUEST.states if state not in ("draft", "opening", "open")])
def test_every_state_is_said_in_plain_words(client, received, state):
    Request.objects.filter(pk=received.pk).update(state=state)

    assert str(LABELS[state]) in text_of(client.get(follow_url(received)))


def test_answering_and_withdrawing_by_the_link(client, received, reviewer):
    operations.decide(request=received, decision="ask", by=reviewer, version=0, words="Combien êtes-vous ?")
    assert "Combien êtes-vous ?" in text_of(client.get(follow_url(received)))

    client.post(follow_url(received) + "answer/", {"body": "Douze, et un chat."})
    assert Message.objects.filter(side="them").get().body == "Douze, et un chat."
    client.post(follow_url(received) + "withdraw/")
    received.refresh_from_db()
    assert received.state == "withdrawn"


def test_an_empty_answer_says_so(client, received):
    answer = client.post(follow_url(received) + "answer/", {"body": " "})

    assert answer.status_code == 422
    text_of(answer)


def test_internal_notes_never_reach_the_asker(client, received, reviewer):
    from archipel.conversations import operations as conversations
    from archipel.conversations.models import Conversation

    conversations.note(conversation=Conversation.objects.get(), author=reviewer, body="À ne pas dire.")
    client.force_login(received.person)

    pages = [text_of(client.get(url)) for url in (follow_url(received), f"/requests/{received.public_id}/")]

    assert ["À ne pas dire." in page for page in pages] == [False, False]


def test_a_mail_from_elsewhere_is_never_shown_as_the_asker_s(client, received):
    to = reply_to(Participant.objects.get(side="them"))
    body = "Voyez https://ailleurs.example/"
    receive_mail(raw=mail(to=to, sender=f"{received.person_name} <autre@ailleurs.example>", body=body).as_bytes())

    page = text_of(client.get(follow_url(received)))

    words = "This came by e-mail from %(address)s, an address that does not take part. It was passed on to nobody."
    assert (said("Sender not confirmed") in page, said(words, address="autre@ailleurs.example") in page) == (True, True)
    assert ("Voyez https://ailleurs.example/" in page, 'href="https://ailleurs.example/"' in page) == (True, False)


def test_withdrawing_says_first_that_it_cannot_be_undone(client, received):
    client.force_login(received.person)
    for url in (follow_url(received), f"/requests/{received.public_id}/"):
        page = text_of(client.get(url))
        assert said("This cannot be undone: you would ask again, from the beginning.") in page


def test_the_asker_and_the_people_of_the_organisation_follow_signed_in(client, received, alice):
    factories.role(received.organisation, alice, "member")
    for person in (received.person, alice):
        client.force_login(person)
        assert received.reference in text_of(client.get(f"/requests/{received.public_id}/"))


def test_strangers_and_drafts_are_not_found(client, site, received, charlie):
    draft = factories.draft(site)
    assert client.get(f"/requests/{received.public_id}/").status_code == 302
    client.force_login(charlie)

    addresses = [received.public_id, draft.public_id, "nothing"]
    assert [client.get(f"/requests/{one}/").status_code for one in addresses] == [404] * 3
    assert client.post(f"/requests/{received.public_id}/withdraw/").status_code == 404


def test_a_member_reads_but_does_not_withdraw(client, received, alice):
    factories.role(received.organisation, alice, "member")
    client.force_login(alice)

    assert said("Withdraw my request") not in text_of(client.get(f"/requests/{received.public_id}/"))
    assert client.post(f"/requests/{received.public_id}/withdraw/").status_code == 403


def test_a_question_is_expected_of_the_asker(received, reviewer):
    assert queries.expected_of(received.person) == []

    operations.decide(request=received, decision="ask", by=reviewer, version=0, words="Combien ?")

    assert [line.url for line in queries.expected_of(received.person)] == [f"/requests/{received.public_id}/"]


def test_requests_of_a_person_and_of_an_organisation_are_listed_latest_first(site, received):
    other = factories.received(site, wished_address="autre")
    factories.draft(site)

    expected = [other.public_id, received.public_id]
    assert [line.public_id for line in queries.of_person(received.person)] == expected
    assert [line.public_id for line in queries.of_organisation(received.organisation.pk)] == expected


def test_public_pages_of_a_wave_before_during_and_after(client, cloud, planned):
    url = f"/waves/{planned.public_id}/"
    assert said("Tell me when it opens") in text_of(client.get(url))
    assert [client.get(f"{url}{name}").status_code for name in ("report.csv", "order.csv")] == [404, 404]

    wave = operations.open_wave(wave=planned)
    page = text_of(client.get(url))
    assert (said("Ask for: %(service)s", service="Nuage") in page, wave.seed_hash in page) == (True, True)
    for number in range(1, 7):
        factories.bare_request(cloud, number, "declined", wave=wave, decision_reason="no_room")

    closed = operations.close_wave(wave=wave)
    page = text_of(client.get(url))
    assert (f"{said('Not enough room for now')} : 6" in page, closed.seed in page) == (True, True)
    report = client.get(f"{url}report.csv").content.decode()
    order = client.get(f"{url}order.csv").content.decode().splitlines()
    assert f"{said('Requests received')},6" in report
    assert (order[0], len(order)) == ("rank,request,sorted_by", 7)
    assert ("Organisation" in "".join(order), nodes(client.get(url)) <= 300) == (False, True)


def test_tell_me_goes_from_address_to_leaving_in_one_click(client, cloud):
    text_of(client.get("/services/nuage/tell-me/"))
    assert client.post("/services/nuage/tell-me/", {"email": "nowhere"}).context["form"].errors != {}
    text_of(client.post("/services/nuage/tell-me/", {"email": DENISE}))
    link = mailbox.link_of("alert_confirm", "/tell-me/")

    text_of(client.get(link))
    page = text_of(client.post(link))
    assert said("It is noted: we will write to you once, when it opens.") in page
    text_of(client.get(f"{link}leave/"))

    from django.test import Client

    answer = Client(enforce_csrf_checks=True).post(f"{link}leave/", {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    assert said("You have left") in text_of(client.get(f"{link}leave/"))


def test_tell_me_says_the_same_for_a_program_and_mails_nothing(client, cloud):
    answer = client.post("/services/nuage/tell-me/", {"email": DENISE, "second_name": "Bot"})

    assert (answer.status_code, mailbox.names_to(DENISE)) == (200, [])


def test_a_service_that_takes_requests_leads_from_tell_me_to_the_form(client, site):
    assert client.get("/services/site/tell-me/").url == "/services/site/request/"


def test_page_of_a_service_proposes_the_act_of_the_moment(client, site, cloud):
    assert said("Ask for: %(name)s", name="Site web") in text_of(client.get("/services/site/"))
    assert said("Tell me when it opens") in text_of(client.get("/services/nuage/"))
