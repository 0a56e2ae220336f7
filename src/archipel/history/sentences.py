# SPDX-License-Identifier: AGPL-3.0-or-later
"""How each kind of entry reads. Apps register theirs in ``<app>/sentences.py``, imported when the process starts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _

_sentences: dict[str, str | Promise] = {}


class _Known(dict[str, Any]):
    def __missing__(self, name: str) -> str:
        return "…"


def register(sentences: Mapping[str, str | Promise]) -> None:
    """Add sentences by code; ``{actor}``, ``{about}`` and the names of details stand for what they hold."""
    _sentences.update(sentences)


def known() -> frozenset[str]:
    """Return every code that reads as a sentence."""
    return frozenset(_sentences)


def sentence(what: str, *, actor: str, about: str, details: Mapping[str, Any]) -> str:
    """Return an entry in the active language; a code nobody registered any more reads as itself."""
    template = _sentences.get(what)
    if template is None:
        return f"{what} ({about})" if about else what
    values = _Known(details, actor=actor or _("Archipel"), about=about)
    return str(template).format_map(values)
