# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a person may enter, put together: the spaces of their organisations, and the applications they have an entry for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from archipel.host import queries as host
from archipel.identity import queries as identity
from archipel.identity.models import Client, Person
from archipel.organisations import applications
from archipel.organisations.entering import THROUGH
from archipel.organisations.models import Organisation
from archipel.spaces import queries as spaces
from archipel.spaces.claims import THROUGH as SPACE


@dataclass(frozen=True)
class Tile:
    """One thing to open: ``url`` is a path here for a space, the address of an application for ``application``.

    ``apart`` tells it from others of the same ``title``; often empty.
    """

    kind: Literal["space", "application"]
    public_id: str
    title: str
    apart: str
    note: str
    icon: str
    url: str
    waiting: bool = False


@dataclass(frozen=True)
class Group:
    """What a person may enter through one organisation; without an id: through something else."""

    organisation_id: str
    name: str
    tiles: list[Tile]


def tiles_of(person: Person) -> list[Group]:
    """Return what a person may enter, by organisation: five queries whatever their number.

    An application entered through two organisations is shown with both. The tile of a space leads into its application
    for who may enter it, else to its page.
    """
    entries = identity.entries_of(person)
    inside = {entry.through.partition(SPACE)[2]: entry.client for entry in entries if entry.through.startswith(SPACE)}
    groups: dict[str, Group] = {}
    shown: set[int] = set()
    told: set[str] = set()
    for house in spaces.tiles_of(person):
        tiles = [_of_space(tile, inside.get(tile.space_id)) for tile in house.tiles]
        groups[house.organisation_id] = Group(house.organisation_id, house.name, tiles)
        told |= {f"{SPACE}{tile.space_id}" for tile in house.tiles}
    entries = [entry for entry in entries if entry.through not in told]
    ways = {entry.through: entry.through.partition(THROUGH)[2] for entry in entries}
    names = _names(set(ways.values()) - {""})
    for entry in sorted(entries, key=lambda entry: ways[entry.through] not in names):
        where = ways[entry.through] if ways[entry.through] in names else ""
        url = identity.client_url(entry.client)
        if not url or (not where and entry.client_id in shown):
            continue
        shown.add(entry.client_id)
        group = groups.setdefault(where, Group(where, names.get(where) or _("Other applications"), []))
        group.tiles.append(_of_client(entry.client, url))
    return sorted(groups.values(), key=lambda group: (not group.organisation_id, group.name.casefold()))


def once(groups: list[Group]) -> list[tuple[Tile, list[Group]]]:
    """Return each tile once, with the organisations it comes through: for a menu inside an application."""
    found: dict[tuple[str, str], tuple[Tile, list[Group]]] = {}
    for group in groups:
        for tile in group.tiles:
            _tile, through = found.setdefault((tile.kind, tile.public_id), (tile, []))
            if group.organisation_id:
                through.append(group)
    return list(found.values())


def absolute(tile: Tile) -> str:
    """Return where a tile leads, from anywhere."""
    return tile.url if tile.kind == "application" else f"{host.current().portal_url}{tile.url}"


def _names(public_ids: set[str]) -> dict[str, str]:
    if not public_ids:
        return {}
    return dict(Organisation.objects.filter(public_id__in=public_ids).values_list("public_id", "name"))


def _of_space(tile: spaces.Tile, inside: Client | None) -> Tile:
    url = identity.client_url(inside) if inside else ""
    if inside and url:
        note = tile.note or urlsplit(url).hostname or ""
        return Tile("application", inside.public_id, tile.service, tile.apart, note, tile.icon, url)
    return Tile("space", tile.space_id, tile.service, tile.apart, tile.note, tile.icon, tile.url, tile.waiting)


def _of_client(client: Client, url: str) -> Tile:
    return Tile("application", client.public_id, client.name, "", "", applications.icon_of(client.icon), url)
