# SPDX-License-Identifier: AGPL-3.0-or-later
"""YunoHost's words for what somebody should know before they choose an application.

Source of the names: ``antifeatures.toml`` of YunoHost's catalogue of applications (read November 2026). The sentences are ours, in
``machines/recipe_facts.py``.
"""

from __future__ import annotations

NAMES = (
    "alpha-software",
    "arbitrary-limitations",
    "bad-security-reputation",
    "deprecated-software",
    "non-free-addons",
    "non-free-assets",
    "non-free-dependencies",
    "non-free-network",
    "not-totally-free-package",
    "not-totally-free-upstream",
    "package-not-maintained",
    "paid-content",
    "replaced-by-another-app",
    "tracking",
)
