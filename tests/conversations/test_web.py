# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archipel.conversations import operations, queries
from archipel.conversations.models import Conversation, Mailbox, Message, Participant
from tests.conversations.mails import mail, reply_to

pytestmark = pytest.mark.django_db


def page_of(row, desk=False):
    return f"{'/desk' if desk else ''}/conversations/{row.public_id}/"


@pytest.mark.parametrize(("who", "portal", "desk"), [("alice", 200, 404), ("bob", 200, 404), ("charlie", 404, 404)])
def test_only_those_concerned_read_a_conversation(client, request, conversation, who, portal, desk):
    client.force_login(request.getfixturevalue(who))
    assert client.get(page_of(conversation)).status_code == portal
    assert client.get(page_of(conversation, desk=True)).status_code == desk


def test_a_visitor_is_asked_to_sign_in(client, conversation):
    for address in (page_of(conversation), page_of(conversation, desk=True)):
        assert client.get(address).url.startswith("/account/login/?next=")


def test_a_person_of_the_host_is_led_to_the_desk(client, conversation, reviewer):
    client.force_login(reviewer)
    assert client.get(page_of(conversation)).url == page_of(conversation, desk=True)
    assert client.get(page_of(conversation, desk=True)).status_code == 200


def test_a_person_of_the_host_does_not_write_for_them(client, conversation, reviewer):
    client.force_login(reviewer)
    assert client.post(page_of(conversation) + "write/", {"body": "x"}).status_code == 404
    assert Message.objects.count() == 0


def test_a_stranger_writes_nowhere(client, conversation, charlie):
    client.force_login(charlie)
    for address in (page_of(conversation), page_of(conversation, desk=True)):
        assert client.post(address + "write/", {"body": "x", "kind": "message"}).status_code == 404
    assert Message.objects.count() == 0


def test_who_left_the_organisation_reads_nothing_more(client, conversation, alice, bob, trois_ponts):
    from archipel.organisations.models import Membership

    Membership.objects.filter(person=alice).update(ended_at=conversation.opened_at)
    operations.follow_ended_role(organisation_id=trois_ponts.public_id, person_id=alice.public_id)
    client.force_login(alice)
    assert client.get(page_of(conversation)).status_code == 404


def test_a_message_is_written_with_its_files(client, conversation, alice):
    client.force_login(alice)
    files = [SimpleUploadedFile("a.txt", b"a"), SimpleUploadedFile("b.txt", b"bb")]
    response = client.post(page_of(conversation) + "write/", {"body": "Voici", "files": files})
    assert response.url == page_of(conversation) + "#thread"
    row = Message.objects.get()
    assert (row.body, row.author, [file.name for file in row.attachments.order_by("name")]) == (
        "Voici",
        alice,
        ["a.txt", "b.txt"],
    )


def test_who_wrote_from_another_page_comes_back_to_it(client, conversation, alice):
    client.force_login(alice)
    address = page_of(conversation) + "write/"
    assert client.post(address, {"body": "x", "next": "/requests/abc/"}).url == "/requests/abc/#thread"
    assert client.post(address, {"body": "x", "next": "nowhere"}).url == page_of(conversation) + "#thread"
    away = client.post(address, {"body": "x", "next": "https://evil.example/"}).url
    assert away == page_of(conversation) + "#thread"


def test_what_was_typed_is_kept_when_it_cannot_be_sent(client, conversation, alice):
    client.force_login(alice)
    response = client.post(page_of(conversation) + "write/", {"body": "a" * 20_001})
    assert response.status_code == 422
    assert "a" * 20_001 in response.content.decode()
    assert "20,000 signs at most" in response.content.decode()


def test_the_desk_leaves_a_note(client, conversation, reviewer):
    client.force_login(reviewer)
    client.post(page_of(conversation, desk=True) + "write/", {"kind": "note", "body": "Entre nous"})
    assert Message.objects.get().kind == "note"
    assert "Entre nous" in client.get(page_of(conversation, desk=True)).content.decode()


def test_the_desk_says_that_no_answer_is_needed(client, conversation, alice, reviewer):
    operations.write(conversation=conversation, side="them", body="Merci", author=alice)
    client.force_login(reviewer)
    client.post(page_of(conversation, desk=True) + "answered/")
    assert Conversation.objects.get().waits_for_host is False


def test_an_unconfirmed_mail_is_shown_as_such_and_confirmed(client, conversation, reviewer):
    raw = mail(to=reply_to(Participant.objects.get()), sender="M <m@elsewhere.example>", body="<b>Salut</b>")
    received = operations.receive_mail(raw=raw.as_bytes())
    client.force_login(reviewer)
    text = client.get(page_of(conversation, desk=True)).content.decode()
    assert "Sender not confirmed" in text
    assert "&lt;b&gt;Salut&lt;/b&gt;" in text
    client.post(f"{page_of(conversation, desk=True)}messages/{received.message_id}/confirm/")
    assert Message.objects.get(public_id=received.message_id).confirmed is True


@pytest.fixture
def attachment(conversation, alice):
    file = SimpleUploadedFile("page.html", b"<script>alert(1)</script>", "text/html")
    return operations.write(
        conversation=conversation, side="them", body="", author=alice, files=[file]
    ).attachments.get()


def test_a_file_is_a_download_and_nothing_else(client, attachment, bob):
    client.force_login(bob)
    response = client.get(queries.file_url(attachment))
    assert response.getvalue() == b"<script>alert(1)</script>"
    assert {name: response[name] for name in ("Content-Type", "Content-Disposition", "X-Content-Type-Options")} == {
        "Content-Type": "application/octet-stream",
        "Content-Disposition": 'attachment; filename="page.html"',
        "X-Content-Type-Options": "nosniff",
    }


def test_a_file_is_hidden_from_strangers(client, attachment, charlie):
    client.force_login(charlie)
    assert client.get(queries.file_url(attachment)).status_code == 404


def test_a_file_of_a_note_is_hidden_from_them(client, conversation, staff, alice):
    file = SimpleUploadedFile("a.txt", b"a")
    row = operations.note(conversation=conversation, author=staff, body="x", files=[file]).attachments.get()
    client.force_login(alice)
    assert client.get(queries.file_url(row)).status_code == 404
    client.force_login(staff)
    assert client.get(queries.file_url(row)).status_code == 200


def test_a_thread_asks_as_many_questions_with_one_and_three_messages(conversation, alice):
    counts = []
    for number in (1, 2):
        for _ in range(number):
            file = SimpleUploadedFile("a.txt", b"a")
            operations.write(conversation=conversation, side="them", body="x", author=alice, files=[file])
        with CaptureQueriesContext(connection) as found:
            queries.thread(conversation, for_host=True)
        counts.append(len(found))
    assert counts[0] == counts[1]


def test_the_mailbox_is_for_those_who_may_change_settings(client, staff, reviewer):
    client.force_login(reviewer)
    assert client.get("/desk/mails/mailbox/").status_code == 404
    client.force_login(staff)
    assert client.get("/desk/mails/mailbox/").status_code == 200


TYPED = {
    "server": "imap.example.org",
    "port": "993",
    "security": "tls",
    "login": "reply",
    "secret": "s3cret",
    "folder": "INBOX",
    "active": "on",
}


def test_the_mailbox_is_set_and_its_secret_never_shown(client, staff):
    client.force_login(staff)
    assert client.post("/desk/mails/mailbox/", TYPED).status_code == 302
    assert Mailbox.objects.get().server == "imap.example.org"
    assert "s3cret" not in client.get("/desk/mails/mailbox/").content.decode()


@pytest.mark.parametrize("change", [{"secret": "wrong"}, {"security": "none"}, {"port": "abc"}, {"server": ""}])
def test_a_mailbox_that_does_not_open_is_not_kept(client, staff, change):
    client.force_login(staff)
    assert client.post("/desk/mails/mailbox/", TYPED | change).status_code == 422
    assert Mailbox.objects.count() == 0


def test_an_unreadable_mail_is_shown_and_set_aside(client, staff):
    operations.receive_mail(raw=b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\nx\n" * 400)
    stray = queries.stray_mails()[0]
    client.force_login(staff)
    assert stray.digest in client.get("/desk/mails/mailbox/").content.decode()
    client.post(f"/desk/mails/strays/{stray.public_id}/seen/")
    assert queries.stray_mails() == []
