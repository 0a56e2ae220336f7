# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where the data of an organisation is: what it has here, where copies are, who may read it, and what it has elsewhere."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from archipel.host import queries as host
from archipel.kernel import clock
from archipel.kernel.countries import country_name
from archipel.machines import queries as machines
from archipel.machines.queries import Standpoint
from archipel.organisations import queries as organisations
from archipel.organisations.models import DeclaredService, Organisation, Role
from archipel.organisations.rights import DESK_RIGHTS
from archipel.spaces import states
from archipel.spaces.models import Space
from archipel.spaces.queries.backups import CopySeen, copies_of

PAGE = 8
DECLARED_PAGE = 20
# After so many months nobody should rely on what was declared without asking again.
STALE_MONTHS = 12


@dataclass(frozen=True)
class CopyLine:
    """Copies of a space in one place; ``country`` is its name, empty when nobody said where the place is."""

    seen: CopySeen
    country: str


@dataclass(frozen=True)
class SpaceWhere:
    """One space: the machines its data stands on (none: not said), its copies, and the last restore that was tried."""

    space_id: str
    title: str
    service: str
    url: str
    address: str
    state: str
    standpoints: list[Standpoint]
    copies: list[CopyLine]

    @property
    def last_copy_at(self) -> datetime | None:
        """Return of when the newest copy is."""
        return max((line.seen.last_at for line in self.copies if line.seen.last_at), default=None)

    @property
    def last_drill_at(self) -> datetime | None:
        """Return when a restore was last tried; whether it went well is said of each place."""
        return max((line.seen.last_drill_at for line in self.copies if line.seen.last_drill_at), default=None)


@dataclass(frozen=True)
class DeclaredLine:
    """A service at another host; ``stale``: nobody confirmed it for twelve months."""

    service: DeclaredService
    country: str
    stale: bool


@dataclass(frozen=True)
class Reader:
    """How many people of one role may read what is in the spaces; nobody is named."""

    role: str
    people: int


@dataclass(frozen=True)
class Readers:
    """Who may read: people of the organisation, and those of the host who operate its machines."""

    ours: list[Reader]
    of_host: list[Reader]


@dataclass(frozen=True)
class WherePage:
    """One page of it; ``more`` when another one follows."""

    spaces: list[SpaceWhere]
    declared: list[DeclaredLine]
    readers: Readers
    page: int
    more: bool


def where_is_our_data(organisation: Organisation, *, page: int = 1) -> WherePage:
    """Return a page of where the data of an organisation is: the same few questions whatever the number of spaces."""
    first, first_declared = PAGE * (page - 1), DECLARED_PAGE * (page - 1)
    spaces = _spaces(organisation)[first : first + PAGE + 1]
    declared = declared_by(organisation)[first_declared : first_declared + DECLARED_PAGE + 1]
    more = len(spaces) > PAGE or len(declared) > DECLARED_PAGE
    return WherePage(
        spaces=_located(list(spaces)[:PAGE]),
        declared=declared[:DECLARED_PAGE],
        readers=readers_of(organisation),
        page=page,
        more=more,
    )


def all_spaces_of(organisation: Organisation) -> list[SpaceWhere]:
    """Return every space of an organisation with where it is."""
    return _located(list(_spaces(organisation)))


def declared_by(organisation: Organisation) -> list[DeclaredLine]:
    """Return what an organisation declared at other hosts, by name."""
    rows = DeclaredService.objects.filter(organisation=organisation).select_related("confirmed_by")
    return [declared_line(row) for row in rows.order_by("name", "pk")]


def declared_line(service: DeclaredService) -> DeclaredLine:
    """Return a declared service as it reads today."""
    stale = service.confirmed_on <= clock.add_months(clock.today(), -STALE_MONTHS)
    return DeclaredLine(service, country_name(service.country) if service.country else "", stale)


def readers_of(organisation: Organisation) -> Readers:
    """Return who may read what is in the spaces, by role and number."""
    roles = Counter(row.role for row in organisations.people_of(organisation))
    ours = [Reader(str(role.label), roles[role]) for role in Role if roles[role] and role not in DESK_RIGHTS]
    operating = [role for role, verbs in DESK_RIGHTS.items() if "operate" in verbs]
    found = [Reader(str(Role(role).label), len(organisations.host_people(role))) for role in operating]
    return Readers(ours, [reader for reader in found if reader.people])


def _spaces(organisation: Organisation) -> QuerySet[Space]:
    rows = Space.objects.filter(organisation=organisation).exclude(state="deleted")
    return rows.select_related("service", "address", "machine__site").order_by("title", "pk")


def _located(spaces: list[Space]) -> list[SpaceWhere]:
    copies = copies_of(spaces)
    names = _service_names(spaces)
    keepers: list[Standpoint] = []
    if any(space.connector == "websites" for space in spaces):
        keepers = [machines.standpoint_of(row) for row in machines.keepers_of_websites()]
    return [_one(space, keepers, copies.get(space.pk, []), names) for space in spaces]


def _one(space: Space, keepers: list[Standpoint], copies: list[CopySeen], names: dict[str, str]) -> SpaceWhere:
    standpoints = [machines.standpoint_of(space.machine)] if space.machine else []
    if not standpoints and space.connector == "websites":
        standpoints = keepers
    return SpaceWhere(
        space_id=space.public_id,
        title=space.title,
        service=names[space.service.slug],
        url=f"/spaces/{space.public_id}/",
        address=space.address.name if hasattr(space, "address") else "",
        state=str(states.STATE_WORDS[space.state]),
        standpoints=standpoints,
        copies=[CopyLine(seen, country_name(seen.country) if seen.country else "") for seen in copies],
    )


def _service_names(spaces: list[Space]) -> dict[str, str]:
    slugs = sorted({space.service.slug for space in spaces})
    texts = host.texts([f"service/{slug}/name" for slug in slugs]) if slugs else {}
    return {slug: str(texts[f"service/{slug}/name"]) or slug for slug in slugs}


def where_rows(organisation: Organisation) -> Iterator[tuple[str, ...]]:
    """Yield the same as rows of a register of processing (GDPR, art. 30), headings first."""
    yield (
        _("What"), _("What for"), _("Address"), _("Host"), _("Machine"), _("Place"), _("Place run by"), _("Whose machine"), _("Country"),
        _("Copies"), _("Last back-up"), _("Last tried restore"), _("Who may read"), _("Last confirmed on"),
    )  # fmt: skip
    readers, here = readers_in_words(organisation), host.current().name
    for space in all_spaces_of(organisation):
        yield (
            space.title, space.service, space.address, here,
            _listed(one.machine for one in space.standpoints), _listed(one.site for one in space.standpoints),
            _listed(one.site_run_by or here for one in space.standpoints if one.site),
            _listed(one.owner or here for one in space.standpoints), _listed(one.country_code for one in space.standpoints),
            _listed(copy_in_words(line) for line in space.copies), _day(space.last_copy_at), _day(space.last_drill_at), readers,
            clock.today().isoformat(),
        )  # fmt: skip
    for line in declared_by(organisation):
        row = line.service
        yield (
            row.name, row.purpose, row.link, row.run_by, "", "", "", "", row.country, "", "", "", "", row.confirmed_on.isoformat(),
        )  # fmt: skip


def readers_in_words(organisation: Organisation) -> str:
    """Return who may read, on one line."""
    readers = readers_of(organisation)
    words = _("%(role)s: %(people)d")
    return _listed(
        words % {"role": reader.role, "people": reader.people} for reader in [*readers.ours, *readers.of_host]
    )


def copy_in_words(line: CopyLine) -> str:
    """Return a place of copies with where it is."""
    return ", ".join(filter(None, (line.seen.place, line.seen.site, line.seen.country)))


def _listed(words: Iterable[str]) -> str:
    return "; ".join(dict.fromkeys(filter(None, words)))


def _day(instant: datetime | None) -> str:
    return clock.day_of(instant).isoformat() if instant else ""
