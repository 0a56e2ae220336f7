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
    """A parameter. ``kind``: ``days`` (whole, 1 to 3650), ``cents_by_kind`` (kind of organisation → cents a year),
    ``roles`` (a list of roles, in the words of ``organisations``) or ``choice`` (a key of ``choices``)."""

    label: str | Promise
    help: str | Promise
    kind: Literal["days", "cents_by_kind", "roles", "choice"]
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
}


def is_valid(key: str, value: Any) -> bool:
    """Return whether a value fits its parameter."""
    definition = DEFINED.get(key)
    if definition is None:
        return False
    if definition.kind == "days":
        return _whole(value) and 1 <= value <= 3650
    if definition.kind == "choice":
        return isinstance(value, str) and value in definition.choices
    if definition.kind == "roles":
        return isinstance(value, list) and all(role in ROLES for role in value)
    return isinstance(value, dict) and bool(value) and all(_whole(cents) and cents >= 0 for cents in value.values())


def _whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
