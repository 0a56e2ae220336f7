# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whatever bytes arrive, they are read or set aside."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from archipel.conversations import operations
from archipel.conversations.parsing import ParsedMail, TooManyParts, parse
from archipel.conversations.plain_text import clean_name, text_of_html, unflowed
from archipel.mailing.reports import read_report
from tests.conversations.mails import mail

HEADERS = st.sampled_from(
    [
        "From",
        "To",
        "Cc",
        "Subject",
        "Message-ID",
        "References",
        "Content-Type",
        "Content-Transfer-Encoding",
        "Content-Disposition",
        "Date",
        "Return-Path",
        "Auto-Submitted",
        "Delivered-To",
        "X-Loop",
        "MIME-Version",
    ]
)
VALUES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [
            b'multipart/mixed; boundary="b"',
            b"multipart/report; boundary=b",
            b"message/delivery-status",
            b"message/rfc822",
            b"text/html; charset=utf-7",
            b'text/plain; charset="\xff"; format=flowed',
            b"base64",
            b"quoted-printable",
            b"x-uuencode",
            b"=?utf-8?b?/////?=",
            b"=?\xff?q?=?=",
            b"<>",
            b"attachment; filename*=utf-8''%ff%00; filename=\"..\\..\\x\"",
        ]
    ),
)
PIECES = st.one_of(
    st.binary(max_size=200),
    st.sampled_from([b"\n--b\n", b"\n--b--\n", b"\n\n", b"<blockquote>", b"> ", b"Action: failed\nStatus: 5.1.1\n"]),
)


@st.composite
def mails(draw):
    lines = [name.encode() + b": " + value for name, value in draw(st.lists(st.tuples(HEADERS, VALUES), max_size=8))]
    return b"\n".join(lines) + b"\n\n" + b"".join(draw(st.lists(PIECES, max_size=8)))


@pytest.mark.django_db
@given(mails())
@settings(max_examples=300, deadline=None)
def test_any_bytes_are_read_whole_or_not_at_all(raw):
    try:
        found = parse(raw)
    except Exception:
        return
    read_report(found.message, found.sent_to)
    assert isinstance(found, ParsedMail)
    for text in (found.text, found.subject, found.from_name, found.mail_id):
        assert "\x00" not in text
        text.encode("utf-8")


@pytest.mark.django_db
@given(mails())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_are_received_without_a_crash(raw):
    assert operations.receive_mail(raw=raw).outcome in {"unknown", "automatic", "unreadable", "report"}


def test_a_mail_of_too_many_parts_is_not_read():
    raw = b"Content-Type: multipart/mixed; boundary=a\n\n" + b"--a\n\nx\n" * 400 + b"--a--\n"
    with pytest.raises(TooManyParts):
        parse(raw)


def test_a_hostile_mail_takes_no_time():
    raw = b"To: " + b"<a@b.example>, " * 5000 + b"\nFrom: x@y.example\n\n" + b"> \n" * 60_000 + b"\n" * 60_000
    started = time.monotonic()
    parse(raw)
    assert time.monotonic() - started < 10


def test_an_attached_mail_is_a_file():
    message = mail(to="x@y.example")
    message.add_attachment(mail(to="z@y.example", body="inner"))
    found = parse(message.as_bytes())
    assert [(file.name, file.content_type) for file in found.files] == [("1.eml", "message/rfc822")]
    assert found.text == "Bonjour,\n\nvoici.\n"


def test_encoded_words_are_read():
    raw = b"From: =?utf-8?q?Ma=C3=ABlle?= <M@X.example>\nSubject: =?iso-8859-1?q?D=E9j=E0?= vu\n\nx\n"
    found = parse(raw)
    assert (found.from_name, found.from_address, found.subject) == ("Maëlle", "m@x.example", "Déjà vu")


def test_a_mail_without_id_is_recognised_by_its_bytes():
    raw = b"From: a@b.example\n\nx\n"
    assert parse(raw).mail_id == parse(raw).mail_id != parse(raw + b"y").mail_id


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("plan.pdf", "plan.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\temp\\x.exe", "x.exe"),
        (".htaccess", "htaccess"),
        ("a\r\nb\x00.txt", "a b.txt"),
        ("con\u202etxt.exe", "contxt.exe"),
        ("", "file"),
        ("...", "file"),
        ("a" * 300 + ".odt", "a" * 138 + ".odt"),
    ],
)
def test_a_file_name_is_made_harmless(given_name, kept):
    assert clean_name(given_name) == kept


def test_soft_line_breaks_are_joined():
    assert unflowed("un \ndeux\n\n> cité \n> deux\n-- \nnom", without_space=False) == (
        "un deux\n\n> cité \n> deux\n-- \nnom"
    )


def test_a_page_keeps_quotes_and_links():
    page = "<p>A</p><blockquote>B<br>C</blockquote><a href='https://x.example/'>https://x.example/</a>"
    assert text_of_html(page) == "A\n\n> B\n> C\nhttps://x.example/"
