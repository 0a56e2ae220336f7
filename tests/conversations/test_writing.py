# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from archipel.conversations import operations, queries
from archipel.conversations.events import MessageWritten
from archipel.conversations.files import path_of
from archipel.conversations.models import Conversation, Message, Participant
from archipel.kernel import keys
from archipel.kernel.refusals import TooMany
from archipel.mailing.models import Email
from archipel.outbox.facts import on
from archipel.outbox.worker import drain
from tests import factories

pytestmark = pytest.mark.django_db


heard: list[MessageWritten] = []


@on(MessageWritten)
def listen(fact: MessageWritten) -> None:
    heard.append(fact)


def recipients():
    return sorted(Email.objects.values_list("to_address", flat=True))


def test_a_conversation_is_one_per_subject(host, trois_ponts):
    first = operations.open_conversation(about=("request", "x"), subject="A")
    again = operations.open_conversation(about=("request", "x"), subject="B", organisation=trois_ponts)
    assert (again.pk, again.subject, again.organisation) == (first.pk, "A", trois_ponts)
    assert Conversation.objects.count() == 1


def test_a_participant_keeps_their_token(conversation, alice):
    before = Participant.objects.get()
    again = operations.add_participant(
        conversation=conversation, email="ALICE@trois-ponts.example", name="Alice", side="them"
    )
    assert (again.pk, again.token_digest, again.person) == (before.pk, before.token_digest, alice)


def test_a_message_of_the_host_is_mailed_to_who_takes_part(conversation, staff):
    operations.write(conversation=conversation, side="host", body="Bonjour Alice.", author=staff)
    email = Email.objects.get()
    participant = Participant.objects.get(side="them")
    assert email.to_address == "alice@trois-ponts.example"
    assert email.subject == "Votre demande de site"
    assert email.from_name == "Staff Morvan (L’Escale)"
    assert email.reply_to == f"reply+{keys.unlock(participant.locked_token)}@lescale.example"
    text = keys.unlock(email.locked_body)
    assert text.startswith("Bonjour Alice.\n\n-- \nStaff Morvan · L’Escale\n")
    assert text.endswith(f"http://testserver/conversations/{conversation.public_id}/\n")


def test_the_contact_address_is_mailed_while_nobody_of_the_host_takes_part(conversation, alice):
    operations.write(conversation=conversation, side="them", body="Bonjour", author=alice)
    assert recipients() == ["bonjour@lescale.example"]


def test_people_of_the_host_who_wrote_are_mailed_from_then_on(conversation, alice, staff):
    operations.write(conversation=conversation, side="host", body="Bonjour", author=staff)
    Email.objects.all().delete()
    operations.write(conversation=conversation, side="them", body="Merci", author=alice)
    assert recipients() == ["staff@lescale.example"]


def test_who_left_the_host_is_mailed_nothing_more(conversation, alice, staff):
    operations.write(conversation=conversation, side="host", body="Bonjour", author=staff)
    Email.objects.all().delete()
    staff_again = factories.Person.objects.get(pk=staff.pk)
    factories.Membership.objects.filter(person=staff_again).update(ended_at=staff.created_at)
    operations.write(conversation=conversation, side="them", body="Merci", author=alice)
    assert recipients() == ["bonjour@lescale.example"]


def test_who_left_the_organisation_is_mailed_nothing_more(conversation, trois_ponts, alice, staff):
    operations.follow_ended_role(organisation_id=trois_ponts.public_id, person_id=alice.public_id)
    operations.write(conversation=conversation, side="host", body="Bonjour", author=staff)
    assert recipients() == []


def test_mails_of_one_conversation_are_one_thread(conversation, staff):
    for words in ("Un", "Deux", "Trois"):
        operations.write(conversation=conversation, side="host", body=words, author=staff)
    first, second, third = Email.objects.order_by("pk")
    assert first.headers == {}
    assert second.headers == {"In-Reply-To": first.message_id, "References": first.message_id}
    assert third.headers == {
        "In-Reply-To": second.message_id,
        "References": f"{first.message_id} {second.message_id}",
    }
    assert [email.subject for email in (first, second)] == ["Votre demande de site", "Re: Votre demande de site"]


def test_a_conversation_waits_for_the_host_until_it_is_answered(conversation, alice, staff):
    operations.write(conversation=conversation, side="them", body="Bonjour", author=alice)
    since = Conversation.objects.get().waits_since
    operations.write(conversation=conversation, side="them", body="Encore", author=alice)
    assert [(line.since, line.title, line.detail, line.verb) for line in queries.today_lines()] == [
        (since, "Votre demande de site", "La ressourcerie des Trois-Ponts", "write")
    ]
    operations.write(conversation=conversation, side="host", body="Oui", author=staff)
    assert queries.today_lines() == []


def test_a_conversation_that_needs_no_answer_leaves_today(conversation, alice, staff):
    operations.write(conversation=conversation, side="them", body="Merci !", author=alice)
    operations.answered(conversation=Conversation.objects.get(), by=staff)
    assert queries.today_lines() == []


def test_a_note_is_never_sent_nor_shown_to_them(conversation, staff):
    operations.note(conversation=conversation, author=staff, body="À voir jeudi.")
    assert recipients() == []
    assert [line.css for line in queries.thread(conversation, for_host=True).lines] == ["note"]
    assert queries.thread(conversation, for_host=False).lines == []


def test_an_event_is_shown_to_both_and_mailed_to_nobody(conversation):
    operations.record_event(conversation=conversation, text="Demande reçue")
    both = [queries.thread(conversation, for_host=side).lines[0] for side in (True, False)]
    assert [(line.css, line.body) for line in both] == [("event", "Demande reçue")] * 2
    assert recipients() == []


def test_each_side_sees_its_own_words_as_ours(conversation, alice, staff):
    operations.write(conversation=conversation, side="them", body="A", author=alice)
    operations.write(conversation=conversation, side="host", body="B", author=staff)
    desk = queries.thread(conversation, for_host=True).lines
    portal = queries.thread(conversation, for_host=False).lines
    assert [(line.css, line.author) for line in desk] == [("them", "Alice Martin"), ("us", "Staff Morvan")]
    assert [(line.css, line.author) for line in portal] == [
        ("us", "Alice Martin"),
        ("them", "Staff Morvan, L’Escale"),
    ]


def test_a_message_announces_itself(conversation, alice):
    heard.clear()
    message = operations.write(conversation=conversation, side="them", body="Bonjour", author=alice)
    drain()
    assert heard == [MessageWritten(conversation.public_id, message.public_id, "bench", "r23456789bcdfg", "them")]


def test_a_file_is_kept_under_a_name_of_ours_and_mailed(conversation, alice):
    file = SimpleUploadedFile("../../etc/pass\u202ewd .pdf", b"%PDF", "application/pdf")
    message = operations.write(conversation=conversation, side="them", body="", author=alice, files=[file])
    kept = message.attachments.get()
    assert (kept.name, kept.size) == ("passwd .pdf", 4)
    assert path_of(kept.public_id).read_bytes() == b"%PDF"
    assert [attached["name"] for attached in Email.objects.get().attachments] == ["passwd .pdf"]


@pytest.mark.parametrize(
    ("body", "sizes", "refusal", "field"),
    [
        (" \n ", [], operations.NothingWritten, "body"),
        ("x" * 20_001, [], operations.TooLong, "body"),
        ("x", [6_000_000, 4_000_001], operations.FilesTooLarge, "files"),
    ],
)
def test_what_cannot_be_sent_is_refused_and_changes_nothing(conversation, alice, body, sizes, refusal, field):
    files = [SimpleUploadedFile("a.bin", b"0" * size) for size in sizes]
    with pytest.raises(refusal) as found:
        operations.write(conversation=conversation, side="them", body=body, author=alice, files=files)
    assert found.value.field == field
    assert Message.objects.count() == 0


def test_a_person_writes_so_many_messages_an_hour(conversation, alice):
    for _ in range(40):
        operations.write(conversation=conversation, side="them", body="x", author=alice)
    with pytest.raises(TooMany):
        operations.write(conversation=conversation, side="them", body="x", author=alice)
    assert Message.objects.count() == 40


def test_an_erased_conversation_leaves_no_file(conversation, alice, django_capture_on_commit_callbacks):
    file = SimpleUploadedFile("a.txt", b"abc")
    message = operations.write(conversation=conversation, side="them", body="", author=alice, files=[file])
    path = path_of(message.attachments.get().public_id)
    with django_capture_on_commit_callbacks(execute=True):
        operations.erase_conversation(about=("bench", "r23456789bcdfg"))
    assert (Conversation.objects.count(), path.exists()) == (0, False)
