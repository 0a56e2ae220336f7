# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an app above answers to the catalogue, for tests that need no app above."""

from __future__ import annotations

from archipel.catalogue.ports import Act


def ask_for_it(service, allowed):
    return Act("Ask for it", f"/ask/{service.slug}/", "Five minutes.") if allowed.requests else None
