# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta
from email import message_from_string

import pytest

from archipel.kernel import clock
from archipel.mailing import operations
from archipel.mailing.addresses import envelope_from
from archipel.mailing.models import Bounce, Email, Suppression
from archipel.mailing.reports import read_report
from archipel.outbox.worker import drain

pytestmark = pytest.mark.django_db
ALICE = "alice@trois-ponts.example"


@pytest.fixture
def sent(host):
    email = operations.send(name="mailing/test", to=ALICE, to_name="Alice", language="en", context={})
    drain()
    return email


def delivery_report(email, status="5.1.1", action="failed", number=1, named=True):
    original = f"Message-ID: {email.message_id}\n" if named else "Message-ID: <other@x>\n"
    return message_from_string(
        f'Message-ID: <dsn-{number}@mx>\nContent-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: text/plain\n\nSorry.\n"
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx\n\n"
        f"Final-Recipient: rfc822; {ALICE}\nAction: {action}\nStatus: {status}\nDiagnostic-Code: smtp; 550 no\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\n{original}Subject: x\n\n--b--\n"
    )


COMPLAINT = (
    'Message-ID: <arf@mx>\nContent-Type: multipart/report; report-type=feedback-report; boundary="b"\n\n'
    "--b\nContent-Type: text/plain\n\nSpam.\n--b\nContent-Type: message/feedback-report\n\nFeedback-Type: abuse\n"
    "User-Agent: x/1\nVersion: 1\n\n--b\nContent-Type: message/rfc822\n\nMessage-ID: {id}\nSubject: x\n\nbody\n\n--b--\n"
)


def receive(message, to=()):
    report = read_report(message, to)
    assert report is not None
    return operations.receive_report(report=report)


def test_a_hard_bounce_suppresses_the_address(sent):
    assert receive(delivery_report(sent)) == sent
    row = Suppression.objects.get()
    assert (Email.objects.get().state, row.email, row.reason, row.person_name) == ("bounced", ALICE, "bounced", "Alice")


def test_a_bounce_address_names_the_message(sent):
    assert receive(delivery_report(sent, named=False), [envelope_from(sent.public_id)]) == sent
    assert Email.objects.get().state == "bounced"


def test_a_report_that_names_no_message_of_ours_changes_nothing(sent):
    assert receive(delivery_report(sent, named=False)) is None
    assert (Email.objects.get().state, Suppression.objects.count()) == ("sent", 0)


@pytest.mark.parametrize("status", ["4.4.7", "5.2.2", "5.7.1"])
def test_a_soft_bounce_suppresses_nobody(sent, status):
    receive(delivery_report(sent, status=status))
    assert (Email.objects.get().state, Suppression.objects.count()) == ("bounced", 0)


def test_three_soft_bounces_in_15_days_are_a_hard_one(sent):
    for number in (1, 2, 3):
        assert Suppression.objects.count() == 0
        receive(delivery_report(sent, status="4.2.2", number=number))
    assert Suppression.objects.get().reason == "bounced"


def test_soft_bounces_far_apart_do_not_add_up(sent):
    for number in (1, 2, 3):
        receive(delivery_report(sent, status="4.2.2", number=number))
        Bounce.objects.update(at=clock.now() - timedelta(days=16))
    assert Suppression.objects.count() == 0


def test_a_report_received_twice_counts_once(sent):
    for _ in range(4):
        receive(delivery_report(sent, status="4.2.2"))
    assert (Bounce.objects.count(), Suppression.objects.count()) == (1, 0)


def test_a_delay_is_not_a_failure(sent):
    receive(delivery_report(sent, status="4.4.1", action="delayed"))
    assert (Email.objects.get().state, Bounce.objects.count()) == ("sent", 0)


def test_a_receipt_is_no_report(sent):
    assert read_report(delivery_report(sent, status="2.0.0", action="delivered")) is None


def test_a_complaint_suppresses_the_address(sent):
    receive(message_from_string(COMPLAINT.format(id=sent.message_id)))
    assert Suppression.objects.get().reason == "complaint"
    assert Email.objects.get().state == "sent"


def test_a_bounce_in_prose_is_soft(sent):
    message = message_from_string("Message-ID: <p@mx>\nSubject: failure\n\nYour mail did not arrive.\n")
    receive(message, [envelope_from(sent.public_id)])
    assert (Bounce.objects.get().hard, Email.objects.get().state) == (False, "bounced")
