# SPDX-License-Identifier: AGPL-3.0-or-later
"""The figures a host may change by date: their names, kinds and values when nobody chose."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class Definition:
    """A parameter. ``kind``: ``days`` (whole, 1 to 3650), ``minutes`` (1 to 1440), ``percent`` (0 to 90), ``cents_by_kind`` (kind of organisation → cents a year),
    ``roles`` (a list of roles, in the words of ``organisations``) or ``choice`` (a key of ``choices``)."""

    label: str | Promise
    help: str | Promise
    kind: Literal["days", "minutes", "percent", "cents_by_kind", "roles", "choice"]
    default: Any
    choices: Mapping[str, str | Promise] = field(default_factory=dict)


MEMBERSHIP = {
    "association": 3000,
    "collective": 3000,
    "union": 3000,
    "cooperative": 3000,
    "company": 3000,
    "public_body": 3000,
    "individual": 1500,
}

DESK_ROLES = ["reviewer", "support", "host_treasurer", "editor", "administrator"]
ROLES = [*DESK_ROLES, "referent", "treasurer", "member"]

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
    "sign_up": Definition(
        _("Who may open an account"),
        _("By invitation, accounts still open for those whose request was confirmed or who were invited."),
        "choice",
        "open",
        {"open": _("Anybody"), "invitation": _("Who is invited")},
    ),
    "second_factor_roles": Definition(
        _("Roles that need a second factor"),
        _("They open nothing until the person has set up a passkey or an application that gives codes."),
        "roles",
        DESK_ROLES,
    ),
    "machine_lost_minutes": Definition(
        _("Minutes before a machine is lost"),
        _("A machine that does not answer for so long is said to be lost; a restart should fit in."),
        "minutes",
        3,
    ),
    "machine_reserve_percent": Definition(
        _("Memory kept free on a machine"),
        _("This share is promised to no space: it is what is left on the day something grows."),
        "percent",
        15,
    ),
}
# Whole numbers: the least and the most of each kind.
WHOLE = {"days": (1, 3650), "minutes": (1, 1440), "percent": (0, 90)}


def is_valid(key: str, value: Any) -> bool:
    """Return whether a value fits its parameter."""
    definition = DEFINED.get(key)
    if definition is None:
        return False
    if definition.kind in WHOLE:
        least, most = WHOLE[definition.kind]
        return _whole(value) and least <= value <= most
    if definition.kind == "choice":
        return isinstance(value, str) and value in definition.choices
    if definition.kind == "roles":
        return isinstance(value, list) and all(role in ROLES for role in value)
    return isinstance(value, dict) and bool(value) and all(_whole(cents) and cents >= 0 for cents in value.values())


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
