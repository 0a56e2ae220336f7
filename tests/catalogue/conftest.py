# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from tests import factories


@pytest.fixture(autouse=True)
def act(settings):
    settings.SERVICE_ACT = "tests.catalogue.acts.ask_for_it"


@pytest.fixture
def maelle(host):
    return factories.host_person(name="Maëlle Riou", email="maelle.riou@lescale.example", roles=["editor"])


@pytest.fixture
def yann(host):
    return factories.host_person(name="Yann Le Goff", email="yann.le.goff@lescale.example", roles=["administrator"])


@pytest.fixture
def site(host, maelle, yann):
    """An open service with two maintainers."""
    return factories.maintained(factories.service("site", "Site", state="open"), maelle, yann)
