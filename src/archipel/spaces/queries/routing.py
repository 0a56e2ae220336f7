# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the proxy should do with each name, computed from our tables: a constant number of queries, however many spaces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from django.conf import settings
from django.db.models import Q, QuerySet

from archipel.host import domains as names
from archipel.host import queries as host
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.spaces import front, states
from archipel.spaces.effects import notice_for
from archipel.spaces.models import Address, Domain, Hold, Space
from archipel.spaces.models.domains import HELD
from archipel.spaces.ports import HoldNotice, Route, Upstream

SHOWN = ["open", "closing"]
# The address of an application leads to it before its people are told that it is open.
LED = ["opening", *SHOWN]
_CHUNK = 2000


def routes(unsure: set[str] | None = None) -> Iterator[Route]:
    """Give every route: the host's own, and those of the spaces that are open or closing. Three queries.

    Where the engine does not say where an application is, the ids of its space's routes go to ``unsure`` instead, and
    the engine is asked no more; without ``unsure`` that is ``TryLater``.
    """
    yield from own_routes()
    yield from _routes_of(Space.objects.all(), Hold.objects.all(), Domain.objects.all(), unsure)


def routes_of(space_id: str) -> list[Route]:
    """Return the routes of one space, none when it is not shown (``TryLater`` when the engine does not say where it is)."""
    mine = {"space__public_id": space_id}
    spaces = Space.objects.filter(public_id=space_id)
    return list(_routes_of(spaces, Hold.objects.filter(**mine), Domain.objects.filter(**mine), None))


def ids_of(space_id: str) -> list[str]:
    """Return the id of every route that a space may have or may have had."""
    rows = Domain.objects.filter(space__public_id=space_id).order_by("pk")
    return [f"s-{space_id}", *(f"d-{public_id}" for public_id in rows.values_list("public_id", flat=True))]


def own_routes() -> list[Route]:
    """Return the routes of the host itself: its portal, and all websites below their domain."""
    here, web = host.current(), front.web_upstreams()
    found = [Route("websites", (f"*.{here.sites_domain}",), web, own=True)]
    own = tuple(sorted({names.host_name(here.portal_url), here.sites_domain} - {""}))
    return [Route("portal", own, web), *found] if here.set_up_at else []


def _routes_of(
    spaces: QuerySet[Space], holds: QuerySet[Hold], domains: QuerySet[Domain], unsure: set[str] | None
) -> Iterator[Route]:
    open_holds: dict[int, list[Hold]] = defaultdict(list)
    for hold in holds.filter(lifted_at=None).only("space_id", "effect", "kind", "hides"):
        open_holds[hold.space_id].append(hold)
    own: dict[int, list[Domain]] = defaultdict(list)
    for domain in domains.filter(HELD, space__state__in=SHOWN).order_by("pk"):
        own[domain.space_id].append(domain)
    routed = Q(connector__in=[name for name in settings.SPACE_CONNECTORS if front.has_containers(name)])
    named = Q(pk__in=Domain.objects.filter(HELD).values("space_id"))
    shown = spaces.filter(named, state__in=SHOWN) | spaces.filter(routed, state__in=LED)
    shown = shown.filter(address__isnull=False)
    for space in shown.select_related("address").order_by("pk").iterator(chunk_size=_CHUNK):
        names = _names(space, own[space.pk])
        try:
            yield from _of_space(space, open_holds[space.pk], own[space.pk], names, asks=not unsure)
        except (TryLater, RefusedOutside):
            if unsure is None:
                raise
            unsure.update(names)


def _names(space: Space, domains: list[Domain]) -> dict[str, str]:
    """Return the names of a space by the id of their route."""
    return {f"s-{space.public_id}": space.address.name, **{f"d-{one.public_id}": one.name for one in domains}}


def _of_space(
    space: Space, holds: list[Hold], domains: list[Domain], names: dict[str, str], *, asks: bool
) -> Iterator[Route]:
    main = next((domain.name for domain in domains if domain.main and domain.state == "enabled"), "")
    address, leads_to = space.address.name, main or space.address.name
    in_containers = front.has_containers(space.connector)
    # Archipel's own web process says what a hold of a website says.
    notice = _notice(space, holds) if in_containers else None
    upstreams = _upstreams(space, in_containers and not notice, asks)
    for route_id, name in names.items():
        if notice:
            yield Route(route_id, (name,), notice=notice, own=True)
        elif name != leads_to:
            yield Route(route_id, (name,), own=True, moved_to=leads_to)
        elif name != address:
            yield Route(route_id, (name,), upstreams, own=True, asked_as=address)
        elif in_containers:
            yield Route(route_id, (name,), upstreams, own=True)


def _upstreams(space: Space, in_containers: bool, asks: bool) -> tuple[Upstream, ...]:
    if not in_containers:
        return front.web_upstreams()
    if not asks and settings.ROUTE_BY == "addresses":
        raise TryLater("the engine did not say where another application is")
    return front.upstreams_of(space)


def _notice(space: Space, holds: list[Hold]) -> HoldNotice | None:
    effect = states.effect_of(space.state, [hold.effect for hold in holds])
    if effect == "suspended":
        return notice_for(space, effect, {hold.kind for hold in holds if hold.effect == effect})
    if any(hold.hides for hold in holds):
        return notice_for(space, "suspended", {"maintenance"})
    return None


def is_led_anywhere() -> bool:
    """Return whether a proxy or a name of an organisation leads to spaces of this host."""
    return front.has_proxy() or Domain.objects.filter(HELD).exists()


def is_known(name: str) -> bool:
    """Return whether a name is the host's own, or leads to a space that is shown or held: it may have a certificate."""
    here = host.current()
    if name in {names.host_name(here.portal_url), here.sites_domain}:
        return True
    if Address.objects.filter(name=name, space__state__in=LED).exists():
        return True
    return Domain.objects.filter(HELD, name=name, space__state__in=SHOWN).exists()
