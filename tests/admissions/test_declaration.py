# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.admissions.declaration import wants_address
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("connector", "wants"), [("websites", True), ("blogs", True), ("wordpress", True), ("", False)]
)
def test_an_address_is_asked_for_whatever_opens_by_itself(connector, wants):
    assert wants_address(factories.service(connector=connector)) is wants
