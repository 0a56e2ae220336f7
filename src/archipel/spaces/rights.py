# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may do what with a space: the verbs of its organisation, and what the desk opens."""

from __future__ import annotations

from archipel.identity.models import Person
from archipel.organisations import access as organisations
from archipel.spaces.models import Space

# What a verb of the organisation takes at the desk; publishing stays with the organisation.
_DESK = {
    "read": "see_organisations",
    "see_history": "see_organisations",
    "export": "delete",
    "close": "delete",
    "hold": "hold",
}


def may(person: Person, space: Space, verb: str) -> bool:
    """Return whether a role in the organisation or at the host includes the verb."""
    if verb != "hold" and organisations.person_may(person, space.organisation, verb):
        return True
    return verb in _DESK and organisations.desk_may(person, _DESK[verb])


def may_hold(person: Person, space: Space, kind: str) -> bool:
    """Return whether a person may place and lift holds of a kind: one's own wish is the referent's, others the desk's."""
    if kind == "own_wish":
        return organisations.person_may(person, space.organisation, "close") or organisations.desk_may(person, "hold")
    return organisations.desk_may(person, "hold")


def may_confirm(person: Person, space: Space) -> bool:
    """Return whether a person may be one of the two who confirm a deletion: of the host, or the referent."""
    return is_of_the_host(person) or organisations.person_may(person, space.organisation, "close")


def is_of_the_host(person: Person) -> bool:
    """Return whether a person's role at the host includes deleting."""
    return organisations.desk_may(person, "delete")
