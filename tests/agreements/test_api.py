# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from archipel.identity import operations as identity
from tests import factories


def read(client, agreement, person, scope="agreements:write"):
    _, token = identity.issue_token(person=person, name="test", scopes=[scope])
    return client.get(f"/api/agreements/{agreement.public_id}", headers={"Authorization": f"Bearer {token}"})


def test_a_referent_reads_lines_and_total(client, host, trois_ponts, alice):
    agreement = factories.agreement(trois_ponts, factories.service(), lines=[("membership", 3000), ("service", 6000)])

    answer = read(client, agreement, alice).json()

    assert (answer["total_cents_a_year"], [line["cents_a_year"] for line in answer["lines"]]) == (9000, [3000, 6000])


def test_a_stranger_and_a_token_for_something_else_read_nothing(client, host, trois_ponts, alice, charlie):
    agreement = factories.agreement(trois_ponts, factories.service())

    assert read(client, agreement, charlie).status_code == 404
    assert read(client, agreement, alice, "me:read").status_code == 403
    assert client.get(f"/api/agreements/{agreement.public_id}").status_code == 401
