# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.core.mail import send_mail

from archipel.kernel import keys
from archipel.mailing import operations
from archipel.mailing.models import Email
from archipel.outbox.worker import drain

pytestmark = pytest.mark.django_db


def test_a_message_is_sent_by_the_worker(host):
    email = operations.send_test(to="Alice@Trois-Ponts.example", language="en")
    assert email.state == "waiting"

    drain()

    email.refresh_from_db()
    assert email.state == "sent"
    assert email.to_address == "alice@trois-ponts.example"
    assert email.subject == "Test message of L’Escale"
    assert email.sent_at is not None


def test_a_body_is_locked_at_rest(host):
    email = operations.send_test(to="alice@trois-ponts.example", language="en")
    assert "Hello" not in email.locked_body
    assert keys.unlock(email.locked_body).startswith("Hello,\n")


def test_what_a_library_sends_goes_through_the_queue(host):
    send_mail("Bonjour", "Voici.", "x@y.example", ["Alice Martin <alice@trois-ponts.example>"])
    email = Email.objects.get()
    assert (email.name, email.to_name, email.subject) == ("django/mail", "Alice Martin", "Bonjour")
