# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archipel.connectors.smtp.fake import FakeSender
from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside
from archipel.mailing import operations
from archipel.mailing.models import Email, Suppression
from archipel.mailing.ports import POLICY, RECIPIENT
from archipel.mailing.queries import with_links
from archipel.outbox.worker import drain

pytestmark = pytest.mark.django_db


def written(to="alice@trois-ponts.example", body="Bonjour\nhttp://testserver/x/?a=1&b=2.\n", **changes):
    return operations.send_text(name="mailing/test", to=to, language="fr", subject="Sujet", body=body, **changes)


def refused(code, to="alice@trois-ponts.example"):
    email = written(to)
    fake = FakeSender()
    fake.answers[to] = RefusedOutside(code, "550 no")
    return operations.deliver(email_id=email.public_id, sender=fake)


def test_the_demonstration_shows_what_would_have_been_sent(client, host):
    email = written()
    drain()
    assert "Sujet" in client.get("/demonstration/mails/?to=alice").content.decode()
    assert "Sujet" not in client.get("/demonstration/mails/?to=bob").content.decode()
    page = client.get(f"/demonstration/mails/{email.public_id}/").content.decode()
    assert '<a href="http://testserver/x/?a=1&amp;b=2" rel="noreferrer">' in page


@pytest.mark.parametrize("path", ["/demonstration/mails/", "/demonstration/mails/{id}/", "/api/demonstration/mails"])
def test_nobody_reads_mails_at_a_real_host(client, host, settings, path):
    email = written()
    drain()
    settings.DEMONSTRATION = False
    assert client.get(path.format(id=email.public_id)).status_code == 404


def test_the_api_gives_the_mails_of_an_address_newest_first(client, host, time_machine):
    now = clock.now()
    for minutes, to in ((0, "alice@x.example"), (1, "bob@x.example"), (2, "alice@x.example")):
        time_machine.move_to(now + timedelta(minutes=minutes), tick=False)
        written(to=to, body=f"{minutes}\n")
        drain()
    found = client.get("/api/demonstration/mails", {"to": "alice@x.example"}).json()
    assert [(mail["to"], mail["subject"], mail["text"]) for mail in found] == [
        ("alice@x.example", "Sujet", "2\n"),
        ("alice@x.example", "Sujet", "0\n"),
    ]
    after = client.get("/api/demonstration/mails", {"after": found[1]["at"]}).json()
    assert [mail["text"] for mail in after] == ["2\n", "1\n"]


def test_only_links_of_a_text_can_be_followed():
    assert with_links('<b> javascript:x "http://a.example/<i>') == (
        '&lt;b&gt; javascript:x &quot;<a href="http://a.example/" rel="noreferrer">http://a.example/</a>&lt;i&gt;'
    )


def test_the_desk_reads_problems_but_no_text(client, staff):
    refused(RECIPIENT)
    refused(POLICY, "bob@trois-ponts.example")
    client.force_login(staff)
    text = client.get("/desk/mails/").content.decode()
    assert text.count("alice@trois-ponts.example") >= 2
    assert "bob@trois-ponts.example" in text
    assert "http://testserver/x/" not in text


@pytest.mark.parametrize(
    ("path", "typed"),
    [
        ("/desk/mails/", None),
        ("/desk/mails/lift/", {"address": "alice@trois-ponts.example"}),
        ("/desk/mails/seen/", {"address": "alice@trois-ponts.example"}),
        ("/desk/mails/x/again/", {}),
    ],
)
def test_others_have_no_such_desk(client, host, reviewer, alice, path, typed):
    refused(RECIPIENT)
    for person in (reviewer, alice):
        client.force_login(person)
        answer = client.get(path) if typed is None else client.post(path, typed)
        assert answer.status_code == 404
    assert Suppression.objects.get().seen_at is None


def test_an_address_is_lifted(client, staff):
    refused(RECIPIENT)
    client.force_login(staff)
    assert client.post("/desk/mails/lift/", {"address": "alice@trois-ponts.example"}).url == "/desk/mails/"
    assert Suppression.objects.count() == 0


def test_a_failure_is_taken_off_today(client, staff):
    email = refused(POLICY)
    client.force_login(staff)
    client.post("/desk/mails/seen/", {"mail": email.public_id})
    assert Email.objects.get().seen_at is not None


def test_a_failed_message_is_sent_again(client, staff):
    email = refused(POLICY)
    client.force_login(staff)
    client.post(f"/desk/mails/{email.public_id}/again/")
    drain()
    assert Email.objects.get().state == "sent"


def test_the_desk_asks_as_many_questions_with_one_and_three_rows(client, staff):
    client.force_login(staff)
    counts = []
    for number in (1, 2):
        for extra in range(number):
            refused(RECIPIENT, f"r{number}{extra}@x.example")
            refused(POLICY, f"p{number}{extra}@x.example")
        with CaptureQueriesContext(connection) as found:
            client.get("/desk/mails/")
        counts.append(len(found))
    assert counts[0] == counts[1]
