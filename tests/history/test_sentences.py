# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import ast
from pathlib import Path

from django.utils import translation

import archipel
from archipel.history.sentences import known, sentence

SOURCE = Path(archipel.__file__).parent


def test_sentence_takes_actor_object_and_details():
    words = sentence("boat.named", actor="Ana", about="Belle", details={"drink": "cider"})
    assert words == "Ana named Belle with cider"


def test_detail_that_was_not_kept_is_left_open():
    assert sentence("boat.named", actor="Ana", about="Belle", details={}) == "Ana named Belle with …"


def test_details_cannot_stand_for_actor_or_object():
    words = sentence("boat.named", actor="Ana", about="Belle", details={"actor": "Eve", "about": "x", "drink": "y"})
    assert words == "Ana named Belle with y"


def test_braces_in_a_name_are_only_words():
    assert sentence("boat.named", actor="{about}", about="Belle", details={"drink": "{actor}"}) == (
        "{about} named Belle with {actor}"
    )


def test_sentence_follows_the_language_of_the_reader():
    with translation.override("fr"):
        assert sentence("procedure.resumed", actor="Ana", about="Ouvrir", details={}) == (
            "Ana a repris la procédure «\u202fOuvrir\u202f»"
        )


def test_every_code_recorded_reads_as_a_sentence():
    recorded = {
        keyword.value.value
        for path in SOURCE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and ast.unparse(node.func).endswith(".record")
        for keyword in node.keywords
        if keyword.arg == "what" and isinstance(keyword.value, ast.Constant)
    }
    assert recorded - known() == set()
