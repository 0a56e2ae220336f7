# SPDX-License-Identifier: AGPL-3.0-or-later
"""The table of rights in the code is the one written here by hand."""

from __future__ import annotations

from archipel.organisations.rights import DESK_OPENS, DESK_RIGHTS, DESK_VERBS, ORGANISATION_RIGHTS, ORGANISATION_VERBS
from tests.access.people import DESK, HOST, ORGANISATION, OURS


def test_rights_of_the_desk_are_those_written_by_hand():
    assert {verb: {role for role in HOST if verb in DESK_RIGHTS[role]} for verb in DESK} == DESK
    assert DESK.keys() == DESK_VERBS
    assert DESK_RIGHTS.keys() == HOST


def test_rights_in_an_organisation_are_those_written_by_hand():
    found = {}
    for verb in ORGANISATION:
        opened = {role for role in HOST if DESK_OPENS.get(verb) in DESK_RIGHTS[role]}
        found[verb] = {role for role in OURS if verb in ORGANISATION_RIGHTS[role]} | opened
    assert found == ORGANISATION
    assert ORGANISATION.keys() == ORGANISATION_VERBS
    assert ORGANISATION_RIGHTS.keys() == OURS


def test_only_the_administrator_settles_what_cannot_be_undone():
    assert {verb for verb, roles in DESK.items() if roles == {"administrator"}} == {"operate", "delete", "settings"}
