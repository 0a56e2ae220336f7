# SPDX-License-Identifier: AGPL-3.0-or-later
"""Lists ask as many questions of the database for three rows as for one, and no page grows out of its budget."""

from __future__ import annotations

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archipel.host import queries as host
from tests import looking
from tests.access import ways
from tests.access.rows import DESK_ROWS, ROWS, Row
from tests.access.world import World, grow

pytestmark = pytest.mark.django_db
PUBLIC_NODES, DESK_NODES = 300, 900
# Every page that shows rows of a kind one may have many of, with who reads it.
LISTS = {
    "front-page": "anonymous", "services": "anonymous", "service": "anonymous", "services-csv": "anonymous", "wave": "anonymous",
    "wave-report-csv": "anonymous", "wave-order-csv": "anonymous", "demonstration-mails": "anonymous", "request-follow": "anonymous",
    "request-form": "anonymous", "agreement": "anonymous",
    "home": "referent", "account_email": "referent", "account-tokens": "referent", "account-applications": "referent", "organisation": "referent", "organisation-people": "referent",
    "organisation-history": "referent", "organisation-history-csv": "referent", "organisation-people-csv": "referent",
    "organisation-applications": "referent", "organisation-application": "referent", "organisation-member": "referent",
    "organisation-invite-many": "referent", "organisation-where": "referent", "organisation-where-csv": "referent", "desk-organisation-applications": "administrator",
    "conversation": "referent", "request": "referent",
    "space": "referent",
    "desk-today": "administrator", "desk-history": "administrator", "desk-requests": "administrator", "desk-requests-csv": "administrator",
    "desk-request": "administrator", "desk-waves": "administrator", "desk-wave": "administrator", "desk-peers": "administrator",
    "desk-peers-csv": "administrator", "desk-spaces": "administrator",
    "desk-spaces-csv": "administrator", "desk-space": "administrator", "desk-organisations": "administrator",
    "desk-organisation": "administrator", "desk-people": "administrator", "desk-person": "administrator", "desk-conversation": "administrator",
    "desk-mails": "administrator", "desk-mailbox": "administrator", "desk-catalogue": "administrator", "desk-service": "administrator",
    "desk-service-prices": "administrator", "desk-service-terms": "administrator", "desk-service-questions": "administrator",
    "desk-settings": "administrator", "desk-applications": "administrator", "desk-host-terms": "administrator", "desk-procedure": "administrator",
    "desk-imports": "administrator", "desk-import": "administrator", "desk-import-problems": "administrator",
    "desk-recipes": "administrator", "desk-recipe": "administrator",
    "desk-account-names": "administrator", "desk-machines": "administrator", "desk-machine": "administrator",
}  # fmt: skip


def _row(name: str) -> Row:
    return next(row for row in ROWS if row.name == name)


def _counts(world: World) -> dict[str, int]:
    found = {}
    for name, reader in LISTS.items():
        browser = ways.client_of(world, reader)
        browser.get("/accessibility/")
        cache.clear()
        # What a process remembers of the host for some seconds must not run out in the middle.
        host.forget_remembered()
        host.current()
        with CaptureQueriesContext(connection) as asked:
            answer = browser.get(ways.address_of(_row(name), world))
            if answer.streaming:
                b"".join(answer)
        found[name] = len(asked)
    return found


def test_lists_ask_the_same_questions_with_three_rows_as_with_one(world):
    grow(world, range(1))
    _counts(world)
    one = _counts(world)
    grow(world, range(1, 3))
    three = _counts(world)
    assert {name: (one[name], three[name]) for name in LISTS if one[name] != three[name]} == {}


def test_no_page_asks_more_than_a_few_questions(world):
    assert {name: count for name, count in _counts(world).items() if count > 50} == {}


@pytest.mark.parametrize("row", [row for row in ROWS if row.get and row.shows == "page"], ids=lambda row: row.label)
def test_page_stays_within_its_budget(world, row):
    # The page of components shows each of them once, for who draws pages.
    at_desk = row in DESK_ROWS or row.name == "design:components"
    name = next(name for name in ("administrator", "referent", "member") if name in row.get)
    answer = ways.client_of(world, name).get(ways.address_of(row, world))
    seen = looking.look_at(answer)
    assert seen and seen.nodes <= (DESK_NODES if at_desk else PUBLIC_NODES)
