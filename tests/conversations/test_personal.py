# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import os
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from archipel.conversations import files as disk
from archipel.conversations import operations, personal
from archipel.conversations.models import Message, Participant, StrayMail
from archipel.identity import merging as persons
from archipel.kernel import clock
from archipel.organisations import merging as organisations
from tests import factories
from tests.conversations.mails import mail, reply_to

pytestmark = pytest.mark.django_db


@pytest.fixture
def message(conversation, alice):
    file = SimpleUploadedFile("plan.pdf", b"x")
    return operations.write(conversation=conversation, side="them", body="Bonjour", author=alice, files=[file])


def test_a_person_takes_away_what_they_wrote(message, alice, bob):
    found = personal.export(alice)
    assert [(row["text"], row["files"], row["by_mail"]) for row in found["messages"]] == [
        ("Bonjour", ["plan.pdf"], False)
    ]
    assert [row["address"] for row in found["takes_part_in"]] == [alice.email]
    assert personal.export(bob) == {"messages": [], "takes_part_in": []}


def test_who_is_forgotten_no_longer_signs(message, conversation, alice):
    address = reply_to(Participant.objects.get(person=alice))
    sentences = personal.forget(alice, "Personne 1")
    row = Message.objects.get()
    assert (row.author, row.author_name, row.author_email, row.body) == (None, "Personne 1", "", "Bonjour")
    assert len(sentences) == 1
    assert not Participant.objects.filter(email=alice.email).exists()
    assert operations.receive_mail(raw=mail(to=address).as_bytes()).outcome == "unconfirmed"


def test_merged_persons_keep_their_messages(message, alice, charlie):
    persons.persons.run(charlie, alice)
    assert Message.objects.get().author == charlie
    assert Participant.objects.get(side="them").person == charlie


def test_merged_organisations_keep_their_conversations(conversation, trois_ponts):
    kept = factories.organisation(name="La Recyclerie")
    assert organisations.organisations.lines(kept, trois_ponts).moves == ["1 conversation"]
    organisations.organisations.run(kept, trois_ponts)
    conversation.refresh_from_db()
    assert conversation.organisation == kept


def test_files_without_a_message_are_tidied_up_after_a_day(message, host):
    kept = disk.path_of(message.attachments.get().public_id)
    young = disk.path_of(disk.store("a", "text/plain", [b"a"]).public_id)
    old = disk.path_of(disk.store("b", "text/plain", [b"b"]).public_id)
    yesterday = (clock.now() - timedelta(days=2)).timestamp()
    for path in (kept, old):
        os.utime(path, (yesterday, yesterday))
    operations.purge()
    assert [path.exists() for path in (kept, young, old)] == [True, True, False]


def test_unreadable_mails_are_deleted_after_30_days(host, time_machine):
    operations.receive_mail(raw=b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\nz\n" * 400)
    stray = StrayMail.objects.get()
    path = disk.quarantine_path(stray.digest)
    time_machine.move_to(clock.now() + timedelta(days=31))
    operations.purge()
    assert (path.exists(), StrayMail.objects.count()) == (False, 0)
