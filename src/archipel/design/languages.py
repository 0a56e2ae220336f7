# SPDX-License-Identifier: AGPL-3.0-or-later
"""Names of languages in the middle of a sentence."""

from __future__ import annotations

from django.utils.translation import get_language, get_language_info


def language_name(code: str) -> str:
    """Return "français" or "French": English writes the names of languages with a capital, French does not."""
    name = str(get_language_info(code)["name_translated"])
    return name if (get_language() or "").startswith("en") else name.lower()
