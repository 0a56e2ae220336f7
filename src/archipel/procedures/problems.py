# SPDX-License-Identifier: AGPL-3.0-or-later
"""Plain words for what stops or delays a procedure, by code; apps add those of their outside systems."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

LATER, ERROR, INTERRUPTED, CHANGED = "later", "error", "interrupted", "definition_changed"

_plain: dict[str, str | Promise] = {
    LATER: _("The other system does not answer, or asks to come back later."),
    ERROR: _("An error in Archipel stopped this step."),
    INTERRUPTED: _("The worker was interrupted several times during this step."),
    CHANGED: _("This step no longer exists in this version of Archipel."),
    "quota": _("The other system has no room left for this."),
    "full": _("The other system is full."),
    "taken": _("The name or address is already taken there."),
    "unknown": _("The other system does not know what it was asked about."),
    "forbidden": _("The other system does not let Archipel do this: its credentials or rights must be looked at."),
    "bad_input": _("The other system does not accept what it was given."),
}


def register(words: Mapping[str, str | Promise]) -> None:
    """Add the plain words of codes that connectors or refusals use."""
    _plain.update(words)


def plain(code: str, said: str) -> str:
    """Return plain words for a code, or what was said where the code has none."""
    return str(_plain.get(code, said)) if code else ""
