# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading the mailbox: one contract for the fake and for a real Dovecot, then what the app makes of it."""

from __future__ import annotations

import imaplib
import socket
import ssl
import threading
from dataclasses import replace
from datetime import date, timedelta

import pytest

from archipel.connectors.imap.connector import ImapReader
from archipel.connectors.imap.fake import FakeReader
from archipel.conversations import operations, queries
from archipel.conversations.models import Mailbox, Message, Participant
from archipel.conversations.ports import MailboxAddress
from archipel.kernel import clock, keys
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.mailing.models import Email
from tests.conversations import dovecot
from tests.conversations.mails import mail, reply_to

A, B, C = (mail(to="x@y.example", body=f"{name}\n").as_bytes() for name in "ABC")


@pytest.fixture(scope="module")
def server():
    if dovecot.binary() is None:
        pytest.skip("dovecot is not installed (apt-get install dovecot-imapd)")
    running = dovecot.Dovecot()
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture
def real(server):
    """A clean mailbox of the real server, and how to look inside it."""
    box = Box(server)
    box.empty()
    yield box
    box.close()


class Box:
    def __init__(self, server):
        tls = ssl.create_default_context(cafile=str(server.certificate))
        self.reader = ImapReader(lambda: date.today(), tls, timeout=10)
        self.address = MailboxAddress("localhost", server.tls_port, "tls", dovecot.LOGIN, dovecot.SECRET)
        self.plain_port = server.port
        self._own = imaplib.IMAP4("127.0.0.1", server.port, timeout=10)
        self._own.login(dovecot.LOGIN, dovecot.SECRET)

    def empty(self):
        for folder in ("INBOX", "Archipel-unknown"):
            if self._own.select(folder)[0] == "OK":
                self._own.store("1:*", "+FLAGS", r"(\Deleted)") if self._own.search(None, "ALL")[1][0] else None
                self._own.expunge()

    def put(self, *mails, at=None, flags=""):
        when = imaplib.Time2Internaldate(at.timestamp()) if at else None
        for raw in mails:
            self._own.append("INBOX", flags, when, raw.replace(b"\n", b"\r\n"))

    def inside(self, folder="INBOX"):
        self._own.select(folder)
        numbers = self._own.search(None, "ALL")[1][0].split()
        fetched = [self._own.fetch(number.decode(), "(BODY.PEEK[TEXT])")[1][0][1] for number in numbers]
        return [body.decode().strip() for body in fetched]

    def flags(self):
        self._own.select("INBOX")
        return b" ".join(self._own.fetch("1:*", "(FLAGS)")[1]).decode()

    def close(self):
        self._own.logout()


class FakeBox:
    def __init__(self):
        self.reader = FakeReader()
        self.address = MailboxAddress("localhost", 993, "tls", "reply", "right")

    def put(self, *mails):
        self.reader.mails += mails

    def close(self):
        pass


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.server)])
def box(request):
    return FakeBox() if request.param == "fake" else request.getfixturevalue("real")


def words(raw):
    return raw.replace(b"\r\n", b"\n").partition(b"\n\n")[2].decode().strip()


def read(box, verdict="done", **changes):
    seen = []

    def receive(raw):
        seen.append(words(raw))
        return verdict

    count = box.reader.read(replace(box.address, **changes), receive, kept_days=30)
    return count, seen


def test_new_mails_are_presented_once_oldest_first(box):
    box.put(A, B)
    assert read(box) == (2, ["A", "B"])
    box.put(C)
    assert read(box) == (1, ["C"])
    assert read(box) == (0, [])


def test_a_mail_for_later_is_presented_again(box):
    box.put(A)
    assert read(box, "later") == (0, ["A"])
    assert read(box) == (1, ["A"])


def test_an_unknown_mail_is_presented_once(box):
    box.put(A)
    assert read(box, "unknown") == (0, ["A"])
    assert read(box) == (0, [])


@pytest.mark.server
def test_a_crash_while_a_mail_is_taken_in_presents_it_again(real):
    real.put(A)
    with pytest.raises(ZeroDivisionError):
        real.reader.read(real.address, lambda raw: 1 // 0, kept_days=30)
    assert read(real) == (1, ["A"])


def test_a_wrong_secret_is_refused(box):
    with pytest.raises(RefusedOutside) as found:
        box.reader.check(replace(box.address, secret="wrong"))
    assert found.value.code == "forbidden"


def test_a_right_secret_opens(box):
    assert box.reader.check(box.address) is None


def test_a_secret_never_travels_in_clear_to_another_machine(box):
    with pytest.raises(RefusedOutside) as found:
        box.reader.check(replace(box.address, server="mail.example.org", security="none"))
    assert found.value.code == "bad_input"


@pytest.mark.server
def test_an_unknown_mail_is_moved_to_its_own_folder(real):
    real.put(A, B)
    real.reader.read(real.address, lambda raw: "unknown" if words(raw) == "A" else "done", kept_days=30)
    assert (real.inside(), real.inside("Archipel-unknown")) == (["B"], ["A"])


@pytest.mark.server
def test_a_mail_that_somebody_else_read_is_still_taken_in(real):
    real.put(A, flags=r"\Seen")
    assert read(real) == (1, ["A"])
    assert "ArchipelRead" in real.flags()


@pytest.mark.server
def test_only_mails_taken_in_are_deleted_after_30_days(real):
    old = clock.now() - timedelta(days=40)
    real.put(A, at=old)
    assert read(real) == (1, ["A"])
    assert real.inside() == []
    real.put(B, at=old)
    read(real, "later")
    assert real.inside() == ["B"]


@pytest.mark.server
@pytest.mark.parametrize("security", ["starttls", "none"])
def test_every_kind_of_connection_reads(real, security):
    real.put(A)
    assert read(real, port=real.plain_port, security=security) == (1, ["A"])


@pytest.mark.server
def test_a_folder_that_is_not_there_is_refused(real):
    with pytest.raises(RefusedOutside) as found:
        real.reader.check(replace(real.address, folder='No "such" folder'))
    assert found.value.code == "unknown"


@pytest.mark.server
def test_a_certificate_nobody_vouches_for_is_not_trusted(real):
    with pytest.raises(TryLater):
        ImapReader(date.today).check(real.address)


@pytest.mark.server
def test_a_server_that_hangs_is_left_in_time():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = MailboxAddress("127.0.0.1", silent.getsockname()[1], "none", "a", "b")
        with pytest.raises(TryLater):
            ImapReader(date.today, timeout=0.3).check(address)


@pytest.mark.server
def test_a_server_that_hangs_up_is_tried_later():
    with socket.create_server(("127.0.0.1", 0)) as rude:
        thread = threading.Thread(target=lambda: rude.accept()[0].close())
        thread.start()
        address = MailboxAddress("127.0.0.1", rude.getsockname()[1], "none", "a", "b")
        with pytest.raises(TryLater):
            ImapReader(date.today, timeout=2).check(address)
        thread.join()


@pytest.mark.server
@pytest.mark.django_db
def test_an_answer_by_mail_travels_from_a_real_mailbox_into_the_thread(real, conversation):
    Mailbox.objects.create(
        name="replies",
        server="localhost",
        port=real.address.port,
        login=dovecot.LOGIN,
        locked_secret=keys.lock(dovecot.SECRET),
    )
    answer = mail(to=reply_to(Participant.objects.get()), body="Oui !\n\nLe 17/11/2026, Staff a écrit :\n> Alors ?\n")
    real.put(answer.as_bytes(), mail(to="reply+nobody@lescale.example", body="spam").as_bytes())
    assert operations.poll_mailboxes(reader=real.reader) == 1
    assert Message.objects.get().body == "Oui !"
    assert real.inside("Archipel-unknown") == ["spam"]
    assert Mailbox.objects.get().last_read_at is not None
    assert Email.objects.get().to_address == "bonjour@lescale.example"


SETTINGS = {
    "server": "imap.example.org",
    "port": 993,
    "security": "tls",
    "login": "reply@lescale.example",
    "secret": "s",
    "folder": "INBOX",
    "active": True,
}


@pytest.mark.django_db
def test_a_mailbox_is_tried_before_it_is_kept_and_its_secret_is_locked(host, staff):
    with pytest.raises(operations.MailboxDoesNotOpen):
        operations.set_mailbox(by=staff, **SETTINGS | {"secret": FakeReader.WRONG_SECRET})
    with pytest.raises(operations.ClearConnection):
        operations.set_mailbox(by=staff, **SETTINGS | {"security": "none"})
    assert Mailbox.objects.count() == 0
    operations.set_mailbox(by=staff, **SETTINGS)
    operations.set_mailbox(by=staff, **SETTINGS | {"secret": "", "folder": "Answers"})
    row = Mailbox.objects.get()
    assert (keys.unlock(row.locked_secret), row.folder) == ("s", "Answers")


@pytest.mark.django_db
def test_a_mailbox_silent_for_an_hour_is_told(host, staff, time_machine):
    now = clock.now()
    time_machine.move_to(now, tick=False)
    operations.set_mailbox(by=staff, **SETTINGS)
    reader = FakeReader()
    reader.failure = TryLater("no answer")
    operations.poll_mailboxes(reader=reader)
    assert queries.today_lines() == []
    time_machine.move_to(now + timedelta(minutes=61), tick=False)
    operations.poll_mailboxes(reader=reader)
    assert [(line.since, line.verb, line.tone) for line in queries.today_lines()] == [(now, "settings", "stop")]
    reader.failure = None
    operations.poll_mailboxes(reader=reader)
    assert queries.today_lines() == []
