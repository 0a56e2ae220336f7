# SPDX-License-Identifier: AGPL-3.0-or-later
"""The languages this installation speaks."""

from __future__ import annotations

from django.conf import settings


def known_language(language: str) -> str:
    """Return a language this installation speaks, near the one asked for."""
    codes = [code for code, _name in settings.LANGUAGES]
    wanted = (language or "").split("-")[0]
    return wanted if wanted in codes else codes[0]
