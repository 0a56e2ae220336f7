# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archipel.conversations.quotes import cut

GMAIL = "Le mar. 17 nov. 2026 à 09:05, Maëlle, L’Escale <bonjour@lescale.example> a écrit :\n\n> Bonjour\n> merci"
WRAPPED = "Le mar. 17 nov. 2026 à 09:05, Maëlle, L’Escale <\nbonjour@lescale.example> a\u202fécrit\u00a0:\n\n> Bonjour"
THUNDERBIRD = "Le 17/11/2026 à 09:05, Maëlle a écrit :\n> Bonjour\n>\n> merci"
ENGLISH = "On Tue, Nov 17, 2026 at 9:05 AM M <b@l.example> wrote:\n> Hello"
OUTLOOK = (
    "De : M <b@l.example>\nEnvoyé : mardi 17 novembre 2026 09:05\nÀ : A <a@b.example>\nObjet : Re: Nuage\n\nBonjour"
)
OUTLOOK_EN = "________________________________\nFrom: M <b@l.example>\nSent: Tuesday\nTo: A\nSubject: x\n\nHello"
ORIGINAL = "-----Message d'origine-----\nDe : x\nEnvoyé : y\n\nBonjour"
ROUNDCUBE = "Le 2026-11-17 09:05, Maëlle a écrit :\n> Bonjour"
UNMARKED = "Le 17 nov. 2026 à 09:05, Maëlle <b@l.example> a écrit :\n\nBonjour"
QUOTED_ATTRIBUTION = "> Le 17 nov. 2026 à 09:05, Maëlle <b@l.example> a écrit :\n> \n> Bonjour"


@pytest.mark.parametrize(
    "quote",
    [GMAIL, WRAPPED, THUNDERBIRD, ENGLISH, OUTLOOK, OUTLOOK_EN, ORIGINAL, ROUNDCUBE, UNMARKED, QUOTED_ATTRIBUTION],
)
@pytest.mark.parametrize("words", ["Dix sur douze.", "Bonjour,\n\nLe 12 nous avons écrit.\n\nMerci\nAïcha"])
def test_what_was_answered_is_cut(quote, words):
    found = cut(f"{words}\n\n{quote}\n")
    assert found.body == words
    assert found.quoted.split() == quote.split()


@pytest.mark.parametrize("signature", ["-- \nAïcha\n06 00 00 00 00", "Envoyé de mon iPhone", "Sent from my phone"])
def test_a_signature_is_cut(signature):
    found = cut(f"Voici.\n\n{signature}\n")
    assert (found.body, found.quoted) == ("Voici.", signature)


def test_an_answer_below_the_quote_is_kept():
    assert cut(f"{THUNDERBIRD}\n\nDix sur douze.\n").body == "Dix sur douze."


@pytest.mark.parametrize(
    "text",
    [
        "> Combien ?\n\nDouze.\n\n> Quand ?\n\nJeudi.",
        "Bonjour,\n\nLe 12 nous avons écrit une lettre.\n\nMerci\nAïcha",
        "De : la farine\nÀ : prendre",
        "Une liste :\n- un\n- deux",
        "Il m’a écrit :\nvenez jeudi.",
        "> rien que du cité",
        "-- \nrien que signé",
    ],
)
def test_nothing_is_cut_when_in_doubt(text):
    assert cut(text).body == text


def test_an_answer_point_by_point_keeps_its_quotes():
    text = "Le 17/11/2026, Maëlle a écrit :\n> Combien ?\nDouze.\n> Quand ?\nJeudi."
    assert cut(text).body == text


@given(st.text(alphabet=st.sampled_from(list("> \n:aé-_")), max_size=400))
def test_no_word_is_lost(text):
    found = cut(text)
    assert sorted(f"{found.body}\n{found.quoted}".split()) == sorted(text.split())


@pytest.mark.parametrize(
    "evil",
    ["\n" * 100_000, "Le 1 " + "\n" * 50_000 + "a écrit :", "Le " * 50_000, "a:\n" * 60_000, "> a\nb\n" * 40_000],
)
def test_a_hostile_text_takes_no_time(evil):
    started = time.monotonic()
    cut(evil)
    assert time.monotonic() - started < 10
