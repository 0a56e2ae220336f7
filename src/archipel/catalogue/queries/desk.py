# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from archipel.catalogue import states
from archipel.catalogue.models import Service
from archipel.catalogue.queries.dated import current_offers
from archipel.catalogue.queries.prices import price_in_words
from archipel.catalogue.queries.words import service_names
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.today import TodayLine


@dataclass(frozen=True)
class DeskLine:
    """A service in the desk's list."""

    service: Service
    name: str
    state: str | Promise
    tone: str
    price: str
    maintainers: int


def _counted() -> list[Service]:
    active = Count("maintainers", filter=Q(maintainers__person__is_active=True))
    return list(Service.objects.annotate(active_maintainers=active).order_by("position", "slug"))


def desk_lines() -> list[DeskLine]:
    """Return every service, hidden ones included."""
    services = _counted()
    names, offers = service_names(services), current_offers(services)
    return [
        DeskLine(
            service=service,
            name=names[service.pk],
            state=states.LABELS[service.state],
            tone=states.TONES[service.state],
            price=price_in_words(offers.get(service.pk)),
            maintainers=getattr(service, "active_maintainers", 0),
        )
        for service in services
    ]


def host_people(service: Service | None = None) -> list[Person]:
    """Return who may look after a service: the people of the host, and those who already do."""
    at_host = Q(role__organisation__kind="host", role__ended_at=None)
    already = Q(maintains__service=service) if service else Q(pk__in=[])
    return list(Person.objects.filter(at_host | already, is_active=True).distinct().order_by("name"))


def maintained_by(person: Person) -> list[Service]:
    """Return the services a person looks after."""
    return list(Service.objects.filter(maintainers__person=person).order_by("position", "slug"))


def today_lines(*, limit: int = 200) -> list[TodayLine]:
    """Return the open services that fewer than two active persons look after (somebody left)."""
    alone = [
        row
        for row in _counted()
        if row.state == "open" and getattr(row, "active_maintainers", 0) < states.MAINTAINERS_NEEDED
    ]
    names = service_names(alone)
    return [
        TodayLine(
            since=clock.start_of_day(clock.today()),
            kind="service",
            badge=_("Too few people"),
            title=names[service.pk],
            detail=_("An open service needs two persons who look after it."),
            act=_("Name someone"),
            url=reverse("desk-service", args=[service.slug]),
            verb="catalogue",
            tone="care",
            public_id=service.slug,
        )
        for service in alone[:limit]
    ]
