# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.db.models import Prefetch, QuerySet

from archipel.catalogue.models import Offer, Service, Terms, Tier
from archipel.kernel import clock
from archipel.kernel.refusals import NotFound


def _with_tiers(offers: QuerySet[Offer]) -> QuerySet[Offer]:
    tiers = Tier.objects.select_related("offer__service").order_by("position")
    return offers.select_related("service").prefetch_related(Prefetch("tiers", tiers, to_attr="tier_list"))


def current_offer(service: Service, on: date | None = None) -> Offer | None:
    """Return the offer that counts on a day, its tiers in ``tier_list``; None before the first one."""
    return _with_tiers(service.offers.filter(since__lte=on or clock.today())).order_by("-since").first()


def current_offers(services: Sequence[Service], on: date | None = None) -> dict[int, Offer]:
    """Return the offers that count on a day by the service's primary key, with two queries."""
    rows = _with_tiers(Offer.objects.filter(service__in=services, since__lte=on or clock.today())).order_by("since")
    return {offer.service_id: offer for offer in rows}


def current_terms(service: Service, on: date | None = None) -> Terms | None:
    """Return the terms that count on a day: the service's own, else the host's."""
    day = on or clock.today()
    own = Terms.objects.filter(service=service, since__lte=day).order_by("-since").first()
    return own or host_terms(day)


def host_terms(on: date | None = None) -> Terms | None:
    """Return the terms of the host itself that count on a day."""
    return Terms.objects.filter(service=None, since__lte=on or clock.today()).order_by("-since").first()


def offers_of(service: Service) -> list[Offer]:
    """Return every offer of a service, latest first, planned ones included."""
    return list(_with_tiers(service.offers.all()).order_by("-since"))


def terms_of(service: Service | None) -> list[Terms]:
    """Return every version of the terms of a service (or of the host), latest first, planned ones included."""
    return list(Terms.objects.filter(service=service).order_by("-since"))


def terms_of_day(service: Service, since: date) -> Terms:
    """Return the terms published for a day, the service's own or the host's (``NotFound``)."""
    own = Terms.objects.filter(service=service, since=since).first()
    terms = own or Terms.objects.filter(service=None, since=since).first()
    if terms is None:
        raise NotFound
    return terms
