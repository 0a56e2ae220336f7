# SPDX-License-Identifier: AGPL-3.0-or-later
"""Compiles the catalogues of all apps into one per language, below ``ARCHIPEL_DATA/locale``.

Babel does what gettext's msgfmt would: nothing has to be installed on the machine.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def merged(paths: Iterable[Path], language: str) -> Catalog:
    """Return one catalogue of several; the first translation of a sentence counts."""
    whole = Catalog(locale=language)
    for path in sorted(paths):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if message.id and message.string and not whole.get(message.id, message.context):
                    whole.add(message.id, message.string, context=message.context, flags=message.flags)
    return whole


def compile_texts(paths: Iterable[Path], folder: Path) -> None:
    """Write ``<folder>/<language>/LC_MESSAGES/django.mo`` for every language found."""
    by_language: dict[str, list[Path]] = defaultdict(list)
    for path in paths:
        by_language[path.parents[1].name].append(path)
    for language, found in by_language.items():
        target = folder / language / "LC_MESSAGES" / "django.mo"
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_suffix(".new")
        with temporary.open("wb") as file:
            write_mo(file, merged(found, language))
        temporary.replace(target)
