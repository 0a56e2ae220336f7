# SPDX-License-Identifier: AGPL-3.0-or-later
"""French is complete: every sentence marked for translation has one."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.extract import extract_python
from django.utils.translation.template import templatize

from archipel.config.texts import merged
from tests.architecture.sources import APPS, SOURCE, python_files, short

KEYWORDS = {
    "gettext": None, "gettext_lazy": None, "gettext_noop": None, "_": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2), "npgettext": ((1, "c"), 2, 3),
}  # fmt: skip


def _sentences() -> Iterator[tuple[str | None, str, str]]:
    """Yield (context, sentence, file)."""
    for path in python_files():
        if path.name != "test_settings.py":
            yield from _of(path, path.read_text())
    for path in [*SOURCE.rglob("*.html"), *SOURCE.rglob("emails/**/*.txt")]:
        yield from _of(path, templatize(path.read_text()))


def _of(path: Path, python: str) -> Iterator[tuple[str | None, str, str]]:
    for _, function, words, _ in extract_python(io.BytesIO(python.encode()), list(KEYWORDS), [], {"encoding": "utf-8"}):
        parts = [words] if isinstance(words, str) else list(words or ())
        context = parts.pop(0) if function and function.startswith(("pgettext", "npgettext")) else None
        if parts and parts[0]:
            yield context, parts[0], short(path)


@pytest.fixture(scope="module")
def french():
    return merged(SOURCE.glob("*/locale/fr/LC_MESSAGES/django.po"), "fr")


def test_every_sentence_has_its_french(french):
    missing = sorted({(file, words) for context, words, file in _sentences() if not _said(french, words, context)})
    assert missing == []


def _said(catalogue, words: str, context: str | None) -> bool:
    message = catalogue.get(words, context)
    if message is None:
        from django.utils.translation import trans_real

        return bool(context is None and trans_real.translation("fr").gettext(words) != words)
    said = message.string
    return bool(said) and all(said) if isinstance(said, tuple) else bool(said)


def test_no_translation_is_marked_as_doubtful():
    fuzzy = [short(path) for path in SOURCE.glob("*/locale/*/LC_MESSAGES/django.po") if "#, fuzzy" in path.read_text()]
    assert fuzzy == []


def test_one_sentence_has_one_french():
    """Catalogues are merged: two apps that say the same English must say the same French."""
    from babel.messages.pofile import read_po

    said: dict[tuple[object, str | None], dict[object, str]] = {}
    for name in APPS:
        for path in (SOURCE / name).glob("locale/fr/LC_MESSAGES/django.po"):
            with path.open("rb") as file:
                for message in read_po(file, locale="fr"):
                    if message.id:
                        said.setdefault((message.id, message.context), {}).setdefault(message.string, name)
    assert {key: found for key, found in said.items() if len(found) > 1} == {}
