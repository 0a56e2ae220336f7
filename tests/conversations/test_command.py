# SPDX-License-Identifier: AGPL-3.0-or-later
"""``archipel receive-mail``: the codes mail servers understand."""

from __future__ import annotations

import io
import sys
from types import SimpleNamespace

import pytest
from django.core.management import call_command

from archipel.conversations.models import Message, Participant
from tests.conversations.mails import mail, reply_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def pipe(monkeypatch):
    """Give bytes on standard input and return the exit code."""

    def run(raw, *words):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
        with pytest.raises(SystemExit) as end:
            call_command("receive_mail", *words, stdout=io.StringIO(), stderr=io.StringIO())
        return end.value.code

    return run


def test_a_piped_answer_is_taken_in(pipe, conversation):
    assert pipe(mail(to=reply_to(Participant.objects.get())).as_bytes()) == 0
    assert Message.objects.count() == 1


def test_an_unknown_address_is_no_user(pipe, conversation):
    assert pipe(mail(to="reply+nobody@lescale.example").as_bytes()) == 67


def test_too_many_mails_are_asked_for_later(pipe, conversation):
    address = reply_to(Participant.objects.get())
    codes = [pipe(mail(to=address).as_bytes()) for _ in range(21)]
    assert codes == [0] * 20 + [75]


def test_a_bounce_without_sender_is_not_an_answer(pipe, conversation):
    assert pipe(mail(to=reply_to(Participant.objects.get())).as_bytes(), "--sender", "") == 0
    assert Message.objects.count() == 0


def test_a_mail_beyond_all_measure_is_refused(pipe, host):
    assert pipe(b"x" * 40_000_001) == 69


def test_what_cannot_be_read_is_kept_without_bothering_the_sender(pipe, host):
    assert pipe(b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\nx\n" * 400) == 0
