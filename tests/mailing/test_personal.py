# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.kernel import clock
from archipel.mailing import operations, personal
from archipel.mailing.models import Email, Suppression
from archipel.outbox.worker import drain
from tests import factories

pytestmark = pytest.mark.django_db


def written(to):
    return operations.send_text(
        name="mailing/test", to=to, to_name="Alice", language="fr", subject="Sujet", body="secret"
    )


def test_a_person_takes_away_what_was_sent_to_them_without_its_links(host, alice):
    written(alice.email)
    written("bob@x.example")
    drain()
    found = personal.export(alice)
    assert [(mail["subject"], mail["state"]) for mail in found["messages"]] == [("Sujet", "sent")]
    assert "secret" not in str(found)


def test_all_confirmed_addresses_are_ones_own_and_no_other(host, alice):
    factories.address(alice, "alice@maison.example")
    factories.address(alice, "bob@x.example", verified=False)
    for to in (alice.email, "alice@maison.example", "bob@x.example"):
        written(to)
    Suppression.objects.create(email="alice@maison.example", reason="bounced", person_name="Alice", since=clock.now())

    found = personal.export(alice)

    assert [mail["to"] for mail in found["messages"]] == [alice.email, "alice@maison.example"]
    assert [(row["address"], row["because"]) for row in found["suppressed"]] == [("alice@maison.example", "bounced")]


def test_who_is_forgotten_leaves_nothing_but_what_is_on_its_way(host, alice):
    written(alice.email)
    drain()
    Suppression.objects.create(email=alice.email, reason="bounced", person_name="Alice", since=clock.now())
    written("bob@x.example")
    assert personal.forget(alice, "Personne 1") == []
    assert (Email.objects.count(), Suppression.objects.count()) == (1, 0)


def test_what_is_still_to_leave_is_told(host, alice):
    written(alice.email)
    assert personal.forget(alice, "Personne 1") == [
        "1 message to you is still on its way; its text is erased 30 days after it has left."
    ]
    assert Email.objects.get().to_name == ""
