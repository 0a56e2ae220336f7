# SPDX-License-Identifier: AGPL-3.0-or-later
"""Spaces as the launcher shows them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.db.models import Prefetch, QuerySet
from django.utils.translation import gettext as _

from archipel.design.moments import size_in_words as size
from archipel.host import queries as host
from archipel.identity.models import Person
from archipel.organisations.models import Membership, Organisation
from archipel.spaces import states
from archipel.spaces.models import Hold, Space

WARN_AT = 75  # percent of the room: what its referents are written about


@dataclass(frozen=True)
class Tile:
    """One space: ``url`` is its page here, ``address_url`` where visitors find it (empty before it is open).

    ``service`` names it; ``apart`` tells it from the others of its organisation: its own title, else the first part of its address.
    """

    space_id: str
    title: str
    service: str
    apart: str
    icon: str
    url: str
    address_url: str
    state: str
    note: str
    tone: str
    waiting: bool


@dataclass(frozen=True)
class Group:
    """The tiles of one organisation."""

    organisation_id: str
    name: str
    url: str
    tiles: list[Tile]


def tiles_of(person: Person) -> list[Group]:
    """Return what a person may enter, by organisation: three queries whatever their number."""
    roles = Membership.objects.filter(person=person, ended_at=None).values("organisation_id")
    mine = Space.objects.filter(organisation__in=roles)
    shown = mine.exclude(state__in=["closed", "deleted"]).order_by("organisation__name", "title", "pk")
    rows = list(_with_holds(shown))
    names = _names(rows)
    groups: dict[str, Group] = {}
    for space in rows:
        where = space.organisation
        group = groups.setdefault(
            where.public_id, Group(where.public_id, where.name, f"/organisations/{where.public_id}/", [])
        )
        group.tiles.append(_tile(space, names))
    return list(groups.values())


def of_organisation(organisation: Organisation) -> list[Tile]:
    """Return the spaces of an organisation, the deleted ones left out."""
    shown = Space.objects.filter(organisation=organisation).exclude(state="deleted").order_by("title", "pk")
    rows = list(_with_holds(shown))
    names = _names(rows)
    return [_tile(space, names) for space in rows]


def address_url(name: str) -> str:
    """Return where visitors find an address: the scheme is the portal's, and its port in the demonstration."""
    parts = urlsplit(host.current().portal_url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme or 'https'}://{name}{port}/"


def _with_holds(rows: QuerySet[Space]) -> QuerySet[Space]:
    open_holds = Prefetch("holds", Hold.objects.filter(lifted_at=None), to_attr="open_holds")
    return rows.select_related("organisation", "service", "address").prefetch_related(open_holds)


def _names(rows: Iterable[Space]) -> dict[str, str]:
    """Return the name of each service in the language of the page, with one query."""
    slugs = sorted({space.service.slug for space in rows})
    texts = host.texts([f"service/{slug}/name" for slug in slugs]) if slugs else {}
    return {slug: str(texts[f"service/{slug}/name"]) or slug for slug in slugs}


def _tile(space: Space, names: dict[str, str]) -> Tile:
    effect = states.effect_of(space.state, [hold.effect for hold in getattr(space, "open_holds", [])])
    opening = space.state == "opening"
    note, tone = _note(space, effect)
    return Tile(
        space_id=space.public_id,
        title=space.title,
        service=names[space.service.slug],
        apart=_apart(space),
        icon=space.service.icon,
        url=f"/spaces/{space.public_id}/opening/" if opening and space.connector else f"/spaces/{space.public_id}/",
        address_url=address_url(space.address.name) if not opening and hasattr(space, "address") else "",
        state=space.state,
        note=note,
        tone=tone,
        waiting=opening,
    )


def _apart(space: Space) -> str:
    if space.title != space.organisation.name:
        return space.title
    # What all addresses here end with tells nothing apart, and a tile is narrow.
    return space.address.name.removesuffix(f".{host.current().sites_domain}") if hasattr(space, "address") else ""


def _note(space: Space, effect: str) -> tuple[str, str]:
    if space.state == "opening":
        return _("being opened"), "now"
    if space.state in {"closing", "closed"}:
        return _("being closed"), "care"
    if effect:
        return str(states.EFFECT_WORDS[effect]), "stop" if effect == "suspended" else "care"
    if space.usage_bytes is not None and space.quota_bytes:
        full = space.usage_bytes * 100 // space.quota_bytes
        words = _("%(used)s of %(quota)s") % {"used": size(space.usage_bytes), "quota": size(space.quota_bytes)}
        return words, "care" if full >= WARN_AT else ""
    return "", ""
