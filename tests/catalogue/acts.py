# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an app above answers to the catalogue, for tests that need no app above."""

from __future__ import annotations

from archipel.catalogue.ports import Act, Caution, SoftwareFacts
from archipel.host.queries import WrittenText


def ask_for_it(service, allowed):
    return Act("Ask for it", f"/ask/{service.slug}/", "Five minutes.") if allowed.requests else None


def about(connector):
    """Tell of one application what its recipe would."""
    if connector != "garden":
        return None
    words = WrittenText("The latest back-up.", "en", fallback=False)
    return SoftwareFacts("MIT", "https://garden.example/source", words, (Caution("It is young.", words),))
