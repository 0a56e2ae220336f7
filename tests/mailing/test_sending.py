# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest
from django.core import mail as django_mail
from django.db import transaction

from archipel.connectors.smtp.fake import FakeSender
from archipel.kernel import clock, keys
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.mailing import operations, queries
from archipel.mailing.letters import letter_of
from archipel.mailing.models import Bounce, Email, Suppression
from archipel.mailing.ports import FULL, POLICY, RECIPIENT
from archipel.outbox.worker import drain

pytestmark = pytest.mark.django_db
ALICE = "alice@trois-ponts.example"


@pytest.fixture
def sender():
    return FakeSender()


def written(**changes):
    values = {"name": "mailing/test", "to": ALICE, "to_name": "Alice Martin", "language": "en", "context": {}}
    return operations.send(**(values | changes))


def message_of(email):
    return message_from_bytes(letter_of(email).raw, policy=default)


def test_a_message_is_sent_by_the_worker(host):
    email = operations.send_test(to="Alice@Trois-Ponts.example", language="en")
    assert email.state == "waiting"

    drain()

    email.refresh_from_db()
    assert email.state == "sent"
    assert email.to_address == ALICE
    assert email.subject == "Test message of L’Escale"
    assert email.sent_at is not None


def test_a_message_is_forgotten_with_the_change_that_was_undone(host):
    with pytest.raises(RuntimeError), transaction.atomic():
        written()
        raise RuntimeError
    assert drain() == 0
    assert Email.objects.count() == 0


def test_a_message_speaks_the_language_of_who_reads_it(host):
    assert written(language="fr").subject == "Message d’essai de L’Escale"


def test_a_body_is_locked_at_rest(host):
    email = written()
    assert "Hello" not in email.locked_body
    assert keys.unlock(email.locked_body).startswith("Hello,\n")


def test_a_letter_carries_what_mail_servers_look_for(host):
    email = written(unsubscribe_url="http://testserver/x/", in_reply_to="<a@b>", reply_to="reply+t@lescale.example")
    message = message_of(email)
    found = {
        name: message[name]
        for name in ("From", "To", "Subject", "Message-ID", "Reply-To", "Auto-Submitted", "In-Reply-To", "References")
    }
    assert found == {
        "From": "L’Escale <bonjour@lescale.example>",
        "To": "Alice Martin <alice@trois-ponts.example>",
        "Subject": "Test message of L’Escale",
        "Message-ID": email.message_id,
        "Reply-To": "reply+t@lescale.example",
        "Auto-Submitted": "auto-generated",
        "In-Reply-To": "<a@b>",
        "References": "<a@b>",
    }
    assert message["List-Unsubscribe"] == "<http://testserver/x/>"
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert message["Date"].datetime == email.created_at.replace(microsecond=0)
    assert message.get_content_type() == "text/plain"
    assert email.message_id.endswith("@lescale.example>")


def test_a_name_cannot_add_a_header(host):
    email = written(to_name="Alice\r\nBcc: everybody@example.org", from_name="X\nY")
    message = message_of(email)
    assert message["Bcc"] is None
    assert message["From"] == "X Y <bonjour@lescale.example>"


def test_a_file_is_attached_and_a_missing_one_is_told(host, settings, tmp_path):
    own_keys = settings.ARCHIPEL_DATA / "keys"
    settings.ARCHIPEL_DATA = tmp_path
    (tmp_path / "keys").symlink_to(own_keys)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "one").write_bytes(b"\x00\xff")
    files = [
        {"name": "plan.bin", "content_type": "application/octet-stream", "path": "one"},
        {"name": "lost.pdf", "content_type": "application/pdf", "path": "two"},
    ]
    message = message_of(written(attachments=files))
    parts = list(message.iter_parts())
    assert [part.get_filename() for part in parts] == [None, "plan.bin"]
    assert parts[1].get_content() == b"\x00\xff"
    assert parts[0].get_content().startswith("[A file could not be attached: lost.pdf]\r\n\r\nHello")


def test_what_a_library_sends_goes_through_the_queue(host):
    connection = django_mail.get_connection("archipel.mailing.backend.MailingBackend")
    django_mail.send_mail("Bonjour", "Voici.", None, [f"Alice Martin <{ALICE}>"], connection=connection)
    email = Email.objects.get()
    assert (email.name, email.to_name, email.to_address, email.subject) == (
        "django/mail",
        "Alice Martin",
        ALICE,
        "Bonjour",
    )


def test_the_same_message_keeps_its_id_when_it_is_tried_again(host, sender):
    email = written()
    sender.answers[ALICE] = TryLater("busy")
    operations.deliver(email_id=email.public_id, sender=sender)
    first = letter_of(Email.objects.get()).raw
    assert letter_of(Email.objects.get()).raw == first
    assert email.message_id.encode() in first


def test_a_silent_server_is_asked_again_for_48_hours_then_given_up(host, sender, time_machine):
    started = clock.now()
    time_machine.move_to(started, tick=False)
    email = written()
    drain_with(sender, email, TryLater("451 busy"))
    gaps = []
    while Email.objects.get().state == "waiting":
        row = Email.objects.get()
        gaps.append((row.next_try_at - clock.now()).total_seconds())
        time_machine.move_to(row.next_try_at + timedelta(seconds=1), tick=False)
        assert operations.retry_due() == 1
        operations.deliver(email_id=email.public_id, sender=sender)
    row = Email.objects.get()
    assert row.state == "given_up"
    assert gaps[:5] == [60, 300, 900, 1800, 3600]
    assert timedelta(hours=46) < clock.now() - started <= timedelta(hours=48)
    assert [line.title for line in queries.today_lines()] == ["A message did not reach Alice Martin"]


def drain_with(sender, email, answer):
    sender.answers[ALICE] = answer
    operations.deliver(email_id=email.public_id, sender=sender)


def test_a_message_is_tried_again_once_when_its_time_has_come(host, sender, time_machine):
    now = clock.now()
    time_machine.move_to(now, tick=False)
    email = written()
    drain()
    Email.objects.update(state="waiting", sent_at=None, tries=0)
    drain_with(sender, email, TryLater("451 busy"))
    assert operations.retry_due() == 0
    time_machine.move_to(now + timedelta(seconds=61), tick=False)
    assert operations.retry_due() == 1
    assert operations.retry_due() == 0
    drain()
    assert Email.objects.get().state == "sent"


def test_a_refused_address_is_suppressed_and_told_with_its_name(host, sender):
    drain_with(sender, written(), RefusedOutside(RECIPIENT, "550 5.1.1 no such user"))
    row = Suppression.objects.get()
    assert (Email.objects.get().state, row.email, row.person_name) == ("refused", ALICE, "Alice Martin")
    lines = queries.today_lines()
    assert [(line.title, line.verb, line.tone) for line in lines] == [
        ("Alice Martin no longer receives our messages", "mail", "stop")
    ]


def test_a_judgement_on_the_sender_suppresses_nobody(host, sender):
    drain_with(sender, written(), RefusedOutside(POLICY, "554 5.7.1 relay access denied"))
    assert Suppression.objects.count() == 0
    assert [line.title for line in queries.today_lines()] == ["A message did not reach Alice Martin"]


def test_a_mailbox_full_three_times_counts_as_gone(host, sender):
    for _ in range(2):
        drain_with(sender, written(), RefusedOutside(FULL, "552 5.2.2 full"))
    assert Suppression.objects.count() == 0
    drain_with(sender, written(), RefusedOutside(FULL, "552 5.2.2 full"))
    assert Suppression.objects.get().email == ALICE
    assert Bounce.objects.filter(hard=False).count() == 3


def test_a_message_to_a_suppressed_address_is_held_back_and_shown_again(host, sender, staff):
    drain_with(sender, written(), RefusedOutside(RECIPIENT, "550"))
    operations.acknowledge(by=staff, address=ALICE)
    assert queries.today_lines() == []
    email = written()
    operations.deliver(email_id=email.public_id, sender=FakeSender())
    email.refresh_from_db()
    assert email.state == "suppressed"
    assert [line.public_id for line in queries.today_lines()] == [str(Suppression.objects.get().pk)]


def test_a_lifted_address_receives_again(host, sender, staff):
    drain_with(sender, written(), RefusedOutside(RECIPIENT, "550"))
    operations.lift(address=ALICE, by=staff)
    again = operations.send_again(email_id=Email.objects.get().public_id, by=staff)
    drain()
    again.refresh_from_db()
    assert again.state == "sent"
    assert queries.today_lines() == []


def test_a_message_that_does_not_leave_for_an_hour_is_told(host, sender, time_machine):
    now = clock.now()
    time_machine.move_to(now, tick=False)
    drain_with(sender, written(), TryLater("the mail server cannot be reached: refused"))
    assert queries.today_lines() == []
    time_machine.move_to(now + timedelta(minutes=61), tick=False)
    lines = queries.today_lines()
    assert [(line.title, line.detail) for line in lines] == [
        ("1 message is waiting to leave", "the mail server cannot be reached: refused")
    ]


def test_texts_are_erased_after_30_days_and_rows_after_a_year(host, time_machine, staff):
    now = clock.now()
    time_machine.move_to(now, tick=False)
    email = written()
    drain()
    time_machine.move_to(now + timedelta(days=29), tick=False)
    assert operations.purge() == 0
    time_machine.move_to(now + timedelta(days=31), tick=False)
    assert operations.purge() == 1
    email.refresh_from_db()
    assert email.locked_body == ""
    time_machine.move_to(now + timedelta(days=366), tick=False)
    operations.purge()
    assert Email.objects.count() == 0


def test_an_erased_message_is_not_sent_again(host, staff, sender):
    email = written()
    drain_with(sender, email, RefusedOutside(POLICY, "554"))
    Email.objects.update(locked_body="")
    with pytest.raises(operations.BodyErased):
        operations.send_again(email_id=email.public_id, by=staff)
