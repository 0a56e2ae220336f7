# SPDX-License-Identifier: AGPL-3.0-or-later
"""Handing letters over: one contract for the fake and for a real SMTP server, then what a server can do to us."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import threading

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult

from archipel.connectors.smtp.client import BadAddress, SmtpServer
from archipel.connectors.smtp.connector import NoServer, SmtpSender
from archipel.connectors.smtp.fake import FakeSender
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.mailing import operations
from archipel.mailing.letters import letter_of
from archipel.mailing.models import Email, Suppression
from archipel.mailing.ports import FULL, POLICY, RECIPIENT, Letter
from tests.conversations.dovecot import certificate

RAW = b"Subject: x\r\nMessage-ID: <a@b>\r\n\r\n.one dot\r\nend\r\n"


def letter(to="alice@trois-ponts.example"):
    return Letter("reply+bounce-x@lescale.example", to, RAW)


class Handler:
    """Answers by the local part of the address, at RCPT or at the end of DATA."""

    ANSWERS = {
        "busy": "451 4.7.1 greylisted, come back",
        "gone": "550 5.1.1 no such user",
        "bare": "550 unknown",
        "full": "552 5.2.2 mailbox full",
        "relay": "554 5.7.1 relay access denied",
        "late": "550 5.1.1 no such user",
        "spam": "554 5.7.1 looks like spam",
    }

    def __init__(self):
        self.letters = []

    async def handle_RCPT(self, server, session, envelope, address, options):
        name = address.partition("@")[0]
        if name in ("busy", "gone", "bare", "full", "relay"):
            return self.ANSWERS[name]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        name = envelope.rcpt_tos[0].partition("@")[0]
        if name in ("late", "spam"):
            return self.ANSWERS[name]
        if name == "hang":
            await asyncio.sleep(30)
        self.letters.append((envelope.mail_from, envelope.rcpt_tos, envelope.content))
        return "250 OK"


def accepts(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"user", b"secret"), handled=False)


class Tls(Controller):
    """A controller whose server speaks STARTTLS and asks for a name and a secret."""

    def factory(self):
        return SMTP(
            self.handler, tls_context=self.tls, require_starttls=True, authenticator=accepts, auth_required=True
        )


@pytest.fixture
def real():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    yield controller
    controller.stop()


def sender_to(controller, **changes):
    values = {"host": "127.0.0.1", "port": controller.port, "security": "none", "timeout": 2}
    return SmtpSender(SmtpServer(**values | changes))


@pytest.fixture(params=["fake", pytest.param("real", marks=pytest.mark.server)])
def sender(request):
    if request.param == "fake":
        fake = FakeSender()
        fake.answers = {
            "busy@x.example": TryLater("451"),
            "gone@x.example": RefusedOutside(RECIPIENT, "550"),
            "full@x.example": RefusedOutside(FULL, "552"),
            "relay@x.example": RefusedOutside(POLICY, "554"),
        }
        return fake
    return sender_to(request.getfixturevalue("real"))


def test_a_letter_is_handed_over(sender):
    assert sender.send(letter()) is None


def test_a_4xx_answer_is_later(sender):
    with pytest.raises(TryLater):
        sender.send(letter("busy@x.example"))


@pytest.mark.parametrize(("name", "code"), [("gone", RECIPIENT), ("full", FULL), ("relay", POLICY)])
def test_a_5xx_answer_is_refused_with_what_it_is_about(sender, name, code):
    with pytest.raises(RefusedOutside) as found:
        sender.send(letter(f"{name}@x.example"))
    assert found.value.code == code


@pytest.mark.server
def test_an_address_no_server_could_read_is_refused_and_not_tried_for_ever(real):
    with pytest.raises(RefusedOutside) as found:
        sender_to(real).send(letter("alice@trois-pönts.example"))
    assert found.value.code == RECIPIENT


@pytest.mark.server
@pytest.mark.parametrize(("name", "code"), [("bare", RECIPIENT), ("late", RECIPIENT), ("spam", POLICY)])
def test_answers_without_detail_or_after_the_letter_are_told_apart(real, name, code):
    with pytest.raises(RefusedOutside) as found:
        sender_to(real).send(letter(f"{name}@x.example"))
    assert found.value.code == code


@pytest.mark.server
def test_the_letter_arrives_as_it_was_written(real):
    sender_to(real).send(letter())
    assert real.handler.letters == [("reply+bounce-x@lescale.example", ["alice@trois-ponts.example"], RAW)]


@pytest.mark.server
def test_a_server_that_hangs_is_left_in_time(real):
    with pytest.raises(TryLater) as found:
        sender_to(real, timeout=0.5).send(letter("hang@x.example"))
    assert found.value.reason == "the mail server broke off: no answer in time"


@pytest.mark.server
def test_a_server_that_is_not_there_is_tried_later():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        server = SmtpServer("127.0.0.1", probe.getsockname()[1], "none", timeout=1)
        with pytest.raises(TryLater):
            SmtpSender(server).send(letter())


@pytest.mark.server
@pytest.mark.parametrize("greeting", [b"554 go away\r\n", b"nonsense\r\n", b"", b"220 hi\r\n"])
def test_a_server_that_does_not_let_us_in_is_never_the_fault_of_the_addressee(greeting):
    with socket.create_server(("127.0.0.1", 0)) as rude:

        def answer():
            connection, _ = rude.accept()
            with connection, contextlib.suppress(OSError):
                connection.sendall(greeting)

        thread = threading.Thread(target=answer)
        thread.start()
        server = SmtpServer("127.0.0.1", rude.getsockname()[1], "none", timeout=2)
        with pytest.raises(TryLater):
            SmtpSender(server).send(letter())
        thread.join()


@pytest.fixture
def guarded(tmp_path):
    """A server that asks for STARTTLS, a name and a secret, with a certificate made for it."""
    pem = certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(pem, tmp_path / "key.pem")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Tls(Handler(), hostname="127.0.0.1", port=port)
    controller.tls = tls
    controller.start()
    yield controller, ssl.create_default_context(cafile=str(pem))
    controller.stop()


@pytest.mark.server
def test_a_secret_is_shown_after_starttls_only(guarded):
    controller, trust = guarded
    server = SmtpServer("127.0.0.1", controller.port, "starttls", "user", "secret", 3)
    SmtpSender(server, trust).send(letter())
    assert len(controller.handler.letters) == 1


@pytest.mark.server
def test_a_wrong_secret_of_ours_makes_messages_wait(guarded):
    controller, trust = guarded
    server = SmtpServer("127.0.0.1", controller.port, "starttls", "user", "wrong", 3)
    with pytest.raises(TryLater) as found:
        SmtpSender(server, trust).send(letter())
    assert found.value.reason.startswith("the mail server does not let us in: 535")


@pytest.mark.server
def test_a_certificate_nobody_vouches_for_is_not_trusted(guarded):
    controller, _trust = guarded
    server = SmtpServer("127.0.0.1", controller.port, "starttls", "user", "secret", 3)
    with pytest.raises(TryLater):
        SmtpSender(server).send(letter())
    assert controller.handler.letters == []


@pytest.mark.server
@pytest.mark.django_db
def test_a_crash_after_the_servers_yes_sends_again_under_the_same_id(host, real):
    email = operations.send_test(to="alice@trois-ponts.example", language="en")
    sender_to(real).send(letter_of(email))
    operations.deliver(email_id=email.public_id, sender=sender_to(real))
    first, second = (content for _from, _to, content in real.handler.letters)
    assert first == second
    assert email.message_id.encode() in first


@pytest.mark.server
@pytest.mark.django_db
def test_what_a_real_server_answers_decides_the_state(host, real):
    states = {}
    for name in ("alice", "busy", "gone", "spam", "hang"):
        email = operations.send_test(to=f"{name}@x.example", language="en")
        operations.deliver(email_id=email.public_id, sender=sender_to(real, timeout=0.5))
        states[name] = Email.objects.get(pk=email.pk).state
    assert states == {"alice": "sent", "busy": "waiting", "gone": "refused", "spam": "refused", "hang": "waiting"}
    assert list(Suppression.objects.values_list("email", flat=True)) == ["gone@x.example"]


@pytest.mark.parametrize(
    ("address", "server"),
    [
        ("smtp://mx.example.org", SmtpServer("mx.example.org", 587, "starttls")),
        ("smtp://mx.example.org?security=tls", SmtpServer("mx.example.org", 465, "tls")),
        ("smtp://u%40x:s%3A%2F@mx.example.org:2525", SmtpServer("mx.example.org", 2525, "starttls", "u@x", "s:/")),
        ("smtp://127.0.0.1:1025?security=none&timeout=5", SmtpServer("127.0.0.1", 1025, "none", timeout=5)),
    ],
)
def test_an_address_of_a_server_is_read(address, server):
    assert SmtpServer.parse(address) == server


@pytest.mark.parametrize(
    "address",
    ["mx.example.org", "http://x", "smtp://", "smtp://x:port", "smtp://x?security=maybe", "smtp://u:s@x?security=none"],
)
def test_an_address_that_makes_no_sense_is_refused_in_words(address):
    with pytest.raises(BadAddress):
        SmtpServer.parse(address)


def test_a_secret_is_not_shown_in_a_trace():
    assert "s3cret" not in repr(SmtpServer.parse("smtp://u:s3cret@x"))


def test_a_host_without_server_waits():
    with pytest.raises(TryLater):
        NoServer().send(letter())
