# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.db import transaction

from archipel.history import operations, queries
from archipel.history.models import Entry
from archipel.kernel import clock

pytestmark = pytest.mark.django_db

BOAT = ("boat", "boat-id", "Marie-Galante")


def test_record_keeps_ids_and_labels(ana, time_machine):
    time_machine.move_to("2026-03-01 12:00:00+00:00", tick=False)
    operations.record(what="boat.named", about=BOAT, organisation_id="port", actor=ana, drink="cider")
    (row,) = Entry.objects.values(
        "at", "what", "organisation_id", "actor_id", "actor_label", "about_kind", "about_id", "about_label", "details",
        "visible_to",
    )  # fmt: skip
    assert row == {
        "at": clock.now(),
        "what": "boat.named",
        "organisation_id": "port",
        "actor_id": "ana-id",
        "actor_label": "Ana Étienne",
        "about_kind": "boat",
        "about_id": "boat-id",
        "about_label": "Marie-Galante",
        "details": {"drink": "cider"},
        "visible_to": "organisation",
    }


def test_record_without_actor_is_archipel_itself():
    operations.record(what="boat.named", about=BOAT, drink="water", visible="host")
    (line,) = queries.latest_for_host().lines
    assert (line.actor, line.sentence) == ("Archipel", "Archipel named Marie-Galante with water")


def test_record_vanishes_with_the_change_it_tells_of(ana):
    class Regret(Exception):
        pass

    with pytest.raises(Regret), transaction.atomic():
        operations.record(what="boat.named", about=BOAT, actor=ana)
        raise Regret
    assert Entry.objects.count() == 0


def test_long_label_is_cut_not_refused(ana):
    entry = operations.record(what="boat.named", about=("boat", "b", "x" * 500), actor=ana)
    assert len(entry.about_label) == 200


def test_pseudonym_replaces_actor_object_and_mentions(ana):
    operations.record(what="boat.named", about=BOAT, actor=ana, drink="cider")
    operations.record(what="boat.seen", about=("person", "ana-id", "Ana Étienne"), witness="Léo")
    operations.record(what="boat.seen", about=BOAT, witness="Ana Étienne", mail={"to": ["ana@port.example"]})
    operations.record(what="boat.seen", about=BOAT, witness="Anastasie")
    changed = operations.pseudonymise(
        public_id="ana-id", pseudonym="Somebody 7", words=["Ana Étienne", "ana@port.example", ""]
    )
    rows = Entry.objects.order_by("pk").values_list("actor_label", "about_label", "details")
    assert changed == 3
    assert list(rows) == [
        ("Somebody 7", "Marie-Galante", {"drink": "cider"}),
        ("", "Somebody 7", {"witness": "Léo"}),
        ("", "Marie-Galante", {"witness": "Somebody 7", "mail": {"to": ["Somebody 7"]}}),
        ("", "Marie-Galante", {"witness": "Anastasie"}),
    ]


def test_pseudonym_twice_changes_nothing_more(ana):
    operations.record(what="boat.named", about=BOAT, actor=ana, drink="cider")
    for _ in range(2):
        operations.pseudonymise(public_id="ana-id", pseudonym="Somebody 7", words=["Ana Étienne"])
    assert list(Entry.objects.values_list("actor_label", flat=True)) == ["Somebody 7"]
