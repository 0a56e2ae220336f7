# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whoever asks to be forgotten rewrites their own traces, never those of others."""

from __future__ import annotations

import pytest

from archipel.history import operations
from archipel.history.models import Entry

pytestmark = pytest.mark.django_db
BOAT = ("boat", "boat-id", "Marie-Galante")


class Somebody:
    def __init__(self, public_id: str, name: str) -> None:
        self.public_id, self.name = public_id, name


def written() -> list[tuple[str, str, object]]:
    return list(Entry.objects.order_by("pk").values_list("actor_label", "about_label", "details"))


def test_forgetting_an_organisation_leaves_what_nobody_did_alone():
    operations.record(what="boat.named", about=BOAT, actor="Archipel at night")
    operations.record(what="boat.named", about=("organisation", "o1", "Yann Le Bris"), organisation_id="o1")
    operations.pseudonymise(public_id="", pseudonym="Somebody 7", words=["Yann Le Bris"], organisation_id="o1")
    assert written() == [("Archipel at night", "Marie-Galante", {}), ("", "Somebody 7", {})]


def test_a_word_of_every_day_taken_as_a_name_changes_nothing_of_others():
    operations.record(what="boat.named", about=BOAT, actor=Somebody("ana", "Ana"), reason="le pont est le sien")
    operations.pseudonymise(public_id="eve", pseudonym="Somebody 7", words=["le", "a"])
    assert written() == [("Ana", "Marie-Galante", {"reason": "le pont est le sien"})]


def test_the_name_of_somebody_else_taken_as_ones_own_changes_nothing_of_theirs():
    operations.record(what="boat.named", about=BOAT, actor=Somebody("ana", "Ana Étienne"), drink="cider")
    operations.record(what="boat.seen", about=("person", "ana", "Ana Étienne"))
    operations.record(what="boat.seen", about=BOAT, witness="Ana Étienne")
    operations.record(what="boat.seen", about=BOAT, actor=Somebody("eve", "Ana Étienne"), witness="Ana Étienne")
    operations.pseudonymise(public_id="eve", pseudonym="Somebody 7", words=["Ana Étienne"])
    assert written() == [
        ("Ana Étienne", "Marie-Galante", {"drink": "cider"}),
        ("", "Ana Étienne", {}),
        ("", "Marie-Galante", {"witness": "Ana Étienne"}),
        ("Somebody 7", "Marie-Galante", {"witness": "Somebody 7"}),
    ]


def test_what_was_done_under_an_id_that_was_merged_is_forgotten_too():
    operations.record(what="boat.seen", about=("person", "old", "Ana Étienne"))
    operations.pseudonymise(public_id="ana", pseudonym="Somebody 7", words=["Ana Étienne"], also=["old"])
    assert written() == [("", "Somebody 7", {})]
