# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.admissions import operations
from archipel.catalogue.models import Question
from archipel.kernel import clock
from tests import factories


@pytest.fixture
def site(host):
    """A website service, always open, 5 GB at 60 € a year, membership needed."""
    service = factories.website_service("site", intake="always", for_individuals=True, counted="bytes")
    factories.offer(service)
    factories.terms(service)
    return service


@pytest.fixture
def cloud(host):
    """A service by waves, opened by hand, with two sizes and a question that must be answered."""
    service = factories.service("nuage", "Nuage", state="open", intake="waves", for_individuals=False)
    factories.offer(service, tiers=[factories.yearly_tier(20 * 10**9, 12000), factories.yearly_tier(50 * 10**9, 19000)])
    Question.objects.create(
        service=service,
        position=0,
        key="people",
        kind="number",
        required=True,
        labels={"fr": "Combien ?", "en": "How many?"},
    )
    return service


@pytest.fixture
def planned(cloud):
    """A wave of the cloud, by lot, 2 places, from now on for a month."""
    now = clock.now()
    return operations.plan_wave(
        service=cloud,
        names={"fr": "Vague d’automne", "en": "Autumn wave"},
        criteria={"fr": "De Bretagne."},
        opens_at=now,
        closes_at=now + timedelta(days=30),
        capacity=2,
        order="lot",
    )


@pytest.fixture
def wave(planned):
    return operations.open_wave(wave=planned)


@pytest.fixture
def typed():
    """What Denise types for a collective that is not known here."""
    return dict(factories.TYPED)


@pytest.fixture
def received(site, typed):
    """A request whose address is confirmed, always-open service."""
    return factories.received(site, typed)
