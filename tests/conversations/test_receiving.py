# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from email import message_from_bytes
from email.policy import default

import pytest
from django.utils.translation import override

from archipel.conversations import operations, queries
from archipel.conversations.files import path_of, quarantine_path
from archipel.conversations.models import Conversation, Message, Participant, StrayMail
from archipel.mailing.addresses import envelope_from
from archipel.mailing.letters import letter_of
from archipel.mailing.models import Email, Suppression
from archipel.outbox.worker import drain
from tests.conversations.mails import mail, reply_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def address(conversation):
    return reply_to(Participant.objects.get(side="them"))


def receive(message, **details):
    return operations.receive_mail(raw=message.as_bytes(), **details)


def test_an_answer_joins_the_conversation_without_its_quotes(conversation, address, alice):
    body = "Dix sur douze.\n\nLe 17/11/2026 à 09:05, Staff a écrit :\n> Combien ?\n\n-- \nAlice\n"
    received = receive(mail(to=address, body=body))
    message = Message.objects.get()
    assert received == operations.Received("kept", message.public_id)
    assert (message.body, message.author, message.side, message.confirmed, message.by_mail) == (
        "Dix sur douze.",
        alice,
        "them",
        True,
        True,
    )
    assert "> Combien ?" in message.quoted
    assert Conversation.objects.get().waits_for_host is True


def test_an_answer_is_mailed_on_to_the_other_side(conversation, address):
    receive(mail(to=address))
    assert list(Email.objects.values_list("to_address", flat=True)) == ["bonjour@lescale.example"]


def test_an_answer_of_the_host_by_mail_reaches_the_person(conversation, address, alice):
    receive(mail(to=address))
    contact = Participant.objects.get(side="host")
    receive(mail(to=reply_to(contact), sender="L’Escale <bonjour@lescale.example>", body="Bonjour Alice."))
    assert list(Email.objects.order_by("pk").values_list("to_address", flat=True)) == [
        "bonjour@lescale.example",
        "alice@trois-ponts.example",
    ]
    assert [line.css for line in queries.thread(conversation, for_host=True).lines] == ["them", "us"]


@pytest.mark.parametrize("header", ["Cc", "Delivered_To", "X_Original_To"])
def test_the_token_is_found_wherever_the_address_is_written(conversation, address, header):
    assert receive(mail(to="list@example.org", **{header: address.upper()})).outcome == "kept"


def test_an_answer_without_token_is_recognised_by_what_it_answers(conversation, staff):
    operations.write(conversation=conversation, side="host", body="Bonjour", author=staff)
    sent = Email.objects.get()
    received = receive(mail(to="reply@lescale.example", References=f"<x@y> {sent.message_id}"))
    assert received.outcome == "kept"


def test_a_mail_for_nobody_is_unknown(conversation):
    assert receive(mail(to="reply+unknown@lescale.example")).outcome == "unknown"
    assert receive(mail(to="someone@lescale.example")).outcome == "unknown"
    assert Message.objects.count() == 0


def test_the_same_mail_is_received_once(conversation, address):
    message = mail(to=address, Message_ID="<once@trois-ponts.example>")
    assert [receive(message).outcome, receive(message).outcome] == ["kept", "duplicate"]
    assert Message.objects.count() == 1


def test_an_unexpected_sender_is_kept_unconfirmed_and_triggers_nothing(conversation, address):
    received = receive(mail(to=address, sender="Mallory <mallory@elsewhere.example>"))
    line = queries.thread(conversation, for_host=True).lines[0]
    assert received.outcome == "unconfirmed"
    assert (line.confirmed, line.author, line.address, line.css) == (
        False,
        "Mallory",
        "mallory@elsewhere.example",
        "them",
    )
    assert Email.objects.count() == 0
    assert drain() == 0
    assert [line.tone for line in queries.today_lines()] == ["care"]


def test_who_pretends_to_be_the_host_is_not_shown_to_the_organisation(conversation, address):
    receive(mail(to=address))
    contact = Participant.objects.get(side="host")
    receive(mail(to=reply_to(contact), sender="Mallory <mallory@elsewhere.example>", body="Payez ici."))
    assert [line.body for line in queries.thread(conversation, for_host=False).lines] == ["Bonjour,\n\nvoici."]
    assert [line.css for line in queries.thread(conversation, for_host=True).lines] == ["them", "them"]


def test_a_confirmed_sender_has_the_effects_of_any_message(conversation, address, staff):
    received = receive(mail(to=address, sender="Alice <alice@home.example>"))
    operations.confirm_message(message_id=received.message_id, conversation=conversation, by=staff)
    assert Message.objects.get(public_id=received.message_id).confirmed is True
    assert list(Email.objects.values_list("to_address", flat=True)) == ["bonjour@lescale.example"]


def test_a_confirmed_sender_is_said_in_the_language_of_those_who_asked(conversation, address, staff):
    received = receive(mail(to=address, sender="Alice <alice@home.example>"))
    with override("en"):
        operations.confirm_message(message_id=received.message_id, conversation=conversation, by=staff)
    said = Message.objects.get(kind="event").body
    assert said == f"{staff.name} a confirmé l’adresse alice@home.example"


def test_a_colleague_who_answers_in_their_place_is_expected(conversation, address, bob):
    operations.add_participant(conversation=conversation, email=bob.email, name=bob.name, side="them", person=bob)
    receive(mail(to=address, sender="Bob <bob@trois-ponts.example>"))
    assert Message.objects.get().author == bob


def test_who_left_is_a_stranger(conversation, address, alice):
    operations.remove_participant(conversation=conversation, person=alice)
    assert receive(mail(to=address)).outcome == "unconfirmed"


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        ({"Auto_Submitted": "auto-replied"}, "automatic"),
        ({"Auto_Submitted": "no"}, "kept"),
        ({"Precedence": "bulk"}, "automatic"),
        ({"Precedence": "list"}, "automatic"),
        ({"X_Autoreply": "yes"}, "automatic"),
        ({"Subject": "Réponse automatique : Votre demande"}, "automatic"),
        ({"X_Loop": "reply@lescale.example"}, "loop"),
        ({"X_Loop": "somebody@else.example"}, "kept"),
        ({"Return_Path": "<>"}, "automatic"),
        ({"Return_Path": "<alice@trois-ponts.example>"}, "kept"),
    ],
)
def test_what_no_human_wrote_is_not_let_in(conversation, address, headers, outcome):
    assert receive(mail(to=address, **headers)).outcome == outcome


def test_a_mail_of_ours_that_comes_back_is_a_loop(conversation, staff, address):
    operations.write(conversation=conversation, side="host", body="Bonjour", author=staff)
    ours = message_from_bytes(letter_of(Email.objects.get()).raw, policy=default)
    del ours["X-Loop"]
    assert receive(ours).outcome == "loop"


def test_so_many_mails_an_hour_wait_for_later(conversation, address):
    outcomes = {receive(mail(to=address)).outcome for _ in range(20)}
    assert outcomes == {"kept"}
    assert receive(mail(to=address)).outcome == "too_many"
    assert Message.objects.count() == 20


def test_files_come_with_the_mail_and_too_large_ones_are_told(conversation, address):
    message = mail(to=address)
    message.add_attachment(b"0" * 6_000_000, maintype="image", subtype="png", filename="../plan\\du:site.png")
    message.add_attachment(b"1" * 5_000_000, maintype="application", subtype="zip", filename="photos.zip")
    message.add_attachment(b"small", maintype="text", subtype="plain", filename="note.txt")
    receive(message)
    row = Message.objects.get()
    assert [(file.name, file.size) for file in row.attachments.order_by("pk")] == [
        ("du-site.png", 6_000_000),
        ("note.txt", 5),
    ]
    assert row.left_out == [{"name": "photos.zip", "size": 5_000_000}]
    assert path_of(row.attachments.first().public_id).stat().st_size == 6_000_000


def test_a_page_is_read_as_text(conversation, address):
    message = mail(to=address)
    message.set_content(
        "<html><head><style>p{}</style></head><body><p>Dix sur <b>douze</b>.</p><ul><li>un</li></ul>"
        '<a href="https://example.org/x">ici</a><script>alert(1)</script><img src="http://spy.example/1.gif">'
        "<div>Le 17/11/2026 à 09:05, Staff a écrit :</div><blockquote><p>Combien ?</p></blockquote></body></html>",
        subtype="html",
    )
    receive(message)
    assert Message.objects.get().body == "Dix sur douze.\n\n- un\nici (https://example.org/x)"


def test_a_wrong_charset_loses_no_word(conversation, address):
    raw = (
        f"From: alice@trois-ponts.example\nTo: {address}\nMessage-ID: <c@d>\n"
        "Content-Type: text/plain; charset=no-such\nContent-Transfer-Encoding: 8bit\n\nD\xe9j\xe0\x00 vu\n"
    ).encode("latin-1")
    operations.receive_mail(raw=raw)
    assert Message.objects.get().body == "Déjà vu"


def test_a_report_of_a_server_suppresses_the_address(conversation, staff, host):
    operations.write(conversation=conversation, side="host", body="Bonjour", author=staff)
    drain()
    sent = Email.objects.get()
    raw = (
        f"From: MAILER-DAEMON@mx.example\nTo: {envelope_from(sent.public_id)}\nMessage-ID: <dsn@mx.example>\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n--b\n\nFailed.\n\n'
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n"
        "Final-Recipient: rfc822; alice@trois-ponts.example\nAction: failed\nStatus: 5.1.1\n"
        "Diagnostic-Code: smtp; 550 5.1.1 no such user\n\n--b--\n"
    ).encode()
    outcomes = [operations.receive_mail(raw=raw, return_path="<>").outcome for _ in range(2)]
    sent.refresh_from_db()
    assert outcomes == ["report", "report"]
    assert sent.state == "bounced"
    assert Suppression.objects.get().detail == "smtp; 550 5.1.1 no such user"
    assert Message.objects.count() == 1


def test_an_unreadable_mail_waits_for_a_human(host, staff):
    raw = b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\nx\n" * 400 + b"--a--\n"
    assert operations.receive_mail(raw=raw).outcome == "unreadable"
    assert operations.receive_mail(raw=raw).outcome == "unreadable"
    stray = StrayMail.objects.get()
    assert quarantine_path(stray.digest).read_bytes() == raw
    assert [(line.title, line.verb) for line in queries.today_lines()] == [
        ("A mail that came in could not be read", "settings")
    ]
    operations.acknowledge_stray(public_id=stray.public_id, by=staff)
    assert queries.today_lines() == []
