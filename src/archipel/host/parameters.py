# SPDX-License-Identifier: AGPL-3.0-or-later
"""The figures a host may change by date: their names, kinds and values when nobody chose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Definition:
    """A parameter. ``kind``: ``days`` (whole, 1 to 3650) or ``cents_by_kind`` (kind of organisation → cents a year)."""

    label: str | Promise
    help: str | Promise
    kind: Literal["days", "cents_by_kind"]
    default: Any


MEMBERSHIP = {
    "association": 3000,
    "collective": 3000,
    "union": 3000,
    "cooperative": 3000,
    "company": 3000,
    "public_body": 3000,
    "individual": 1500,
}

DEFINED = {
    "membership_cents": Definition(
        _("Membership fee"), _("A year, by kind of organisation."), "cents_by_kind", MEMBERSHIP
    ),
    "deletion_delay_days": Definition(
        _("Days before deletion"), _("From the closing of a space to the day its data may be deleted."), "days", 60
    ),
    "invitation_days": Definition(_("Days an invitation is valid"), "", "days", 14),
    "draft_days": Definition(_("Days a draft is kept"), _("A request that nobody confirmed."), "days", 30),
    "acceptance_days": Definition(
        _("Days an acceptance holds its place"),
        _("After that it is a line on Today; nothing is released by itself."),
        "days",
        30,
    ),
}


def is_valid(key: str, value: Any) -> bool:
    """Return whether a value fits its parameter."""
    definition = DEFINED.get(key)
    if definition is None:
        return False
    if definition.kind == "days":
        return _whole(value) and 1 <= value <= 3650
    return isinstance(value, dict) and bool(value) and all(_whole(cents) and cents >= 0 for cents in value.values())


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
