# SPDX-License-Identifier: AGPL-3.0-or-later
"""The table of rights, role × verb. Everything that asks "may this person …?" reads this table and nothing else."""

from __future__ import annotations

from archipel.organisations.models import Role

ORGANISATION_VERBS = frozenset(
    {"read", "write", "invite", "remove", "agree", "publish", "export", "close"}
) | frozenset({"see_history", "pay"})
DESK_VERBS = frozenset({"today", "decide", "write", "see_organisations", "people", "catalogue", "operate"}) | frozenset(
    {"hold", "delete", "report", "mail", "waves", "settings", "history"}
)

ORGANISATION_RIGHTS: dict[str, frozenset[str]] = {
    Role.REFERENT: ORGANISATION_VERBS,
    Role.TREASURER: frozenset({"read", "write", "pay", "see_history"}),
    Role.MEMBER: frozenset({"read", "write", "publish"}),
}

DESK_RIGHTS: dict[str, frozenset[str]] = {
    Role.REVIEWER: frozenset({"today", "decide", "write", "see_organisations", "waves", "history", "people"}),
    Role.SUPPORT: frozenset({"today", "write", "see_organisations", "people", "report", "hold", "mail", "history"}),
    Role.HOST_TREASURER: frozenset({"today", "see_organisations", "history"}),
    Role.EDITOR: frozenset({"today", "catalogue", "waves"}),
    Role.ADMINISTRATOR: DESK_VERBS,
}

# What a verb of the desk opens in the organisations that are hosted: helping them without belonging to them.
DESK_OPENS: dict[str, str] = {
    "read": "see_organisations",
    "see_history": "history",
    "invite": "people",
    "remove": "people",
}

# Giving rights of the desk is more than helping an organisation with its people.
HOST_NEEDS: dict[str, str] = {
    "read": "see_organisations",
    "see_history": "history",
    "invite": "settings",
    "remove": "settings",
}


def roles_for(kind: str) -> tuple[str, ...]:
    """Return the roles that exist in an organisation of this kind."""
    return tuple(DESK_RIGHTS if kind == "host" else ORGANISATION_RIGHTS)


def leading_role(kind: str) -> str:
    """Return the role without which nobody could act for an organisation of this kind."""
    return Role.ADMINISTRATOR if kind == "host" else Role.REFERENT


def verbs_of(roles: frozenset[str], table: dict[str, frozenset[str]]) -> frozenset[str]:
    """Return what a set of roles allows together."""
    return frozenset().union(*(table.get(role, frozenset()) for role in roles))


# Where one person comes to two roles of an organisation, the stronger one stays.
STRENGTH: dict[str, int] = {Role.MEMBER: 1, Role.TREASURER: 2, Role.REFERENT: 3}


def strength(role: str) -> int:
    """Return how far a role of an organisation reaches; the roles of the host add up and are not compared."""
    return STRENGTH.get(role, 0)
