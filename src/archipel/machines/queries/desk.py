# SPDX-License-Identifier: AGPL-3.0-or-later
"""Machines and the places where they stand, as the desk reads them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _

from archipel.design.moments import size_in_words as size
from archipel.host import queries as host
from archipel.kernel import clock
from archipel.kernel.countries import country_name
from archipel.machines import placement
from archipel.machines.models import EngineSeen, Machine, Site
from archipel.machines.ports import Load, SpaceThere
from archipel.machines.queries.states import Standing, disk_tone, standing_of
from archipel.machines.wiring import spaces_on_machines

SPACES_SHOWN = 100
# One reading a minute: an engine silent for shorter was only slow once.
ENGINE_PATIENCE = timedelta(minutes=3)


@dataclass(frozen=True)
class MachineLine:
    """One machine with what it carries; ``room``: bytes of memory that can still be promised, None when not known.

    ``memory_tone`` and ``disk_tone`` are those of the gauge. Labels say the same figures in words.
    """

    machine: Machine
    standing: Standing
    load: Load
    room: int | None
    memory_label: str
    memory_tone: str
    disk_used: int | None
    disk_label: str
    disk_tone: str

    @property
    def incomplete(self) -> bool:
        """Say whether nobody said yet where it stands."""
        return self.machine.site_id is None and not self.machine.retired_at


@dataclass(frozen=True)
class SiteGroup:
    """A place with its machines; without a place, those of which nobody said where they stand."""

    site: Site | None
    country: str
    lines: list[MachineLine]


@dataclass(frozen=True)
class EngineView:
    """What is known of the engine: ``silent`` once it does not answer for more than a moment."""

    seen: EngineSeen | None
    silent: bool


@dataclass(frozen=True)
class DeskMachines:
    """The page of machines: those in use by place, then the retired ones."""

    groups: list[SiteGroup]
    retired: list[MachineLine]
    engine: EngineView

    @property
    def empty(self) -> bool:
        """Say whether there is nothing to show."""
        return not self.groups and not self.retired


def desk_machines() -> DeskMachines:
    """Return every place and machine: the same few questions whatever their number."""
    lines = all_lines()
    used = [line for line in lines if not line.machine.retired_at]
    nowhere = [line for line in used if line.machine.site_id is None]
    groups = [SiteGroup(None, "", nowhere)] if nowhere else []
    for site in Site.objects.order_by("name", "pk"):
        there = [line for line in used if line.machine.site_id == site.pk]
        groups.append(SiteGroup(site, country_name(site.country), there))
    return DeskMachines(groups, [line for line in lines if line.machine.retired_at], engine_view())


def engine_view() -> EngineView:
    """Return what is known of the engine; ``seen`` is None where there never was one."""
    seen = EngineSeen.objects.filter(pk=1).first()
    silent = bool(seen and seen.silent_since and clock.now() - seen.silent_since >= ENGINE_PATIENCE)
    return EngineView(seen, silent)


def all_lines() -> list[MachineLine]:
    """Return every machine by name, with what it carries."""
    loads = spaces_on_machines().loads()
    percent = int(host.parameter("machine_reserve_percent"))
    rows = Machine.objects.select_related("site").order_by("name", "pk")
    return [machine_line(row, loads.get(row.public_id, Load()), percent) for row in rows]


def machine_line(machine: Machine, load: Load, percent: int) -> MachineLine:
    """Return one machine with what it carries."""
    memory = machine.memory_bytes
    room = None if memory is None else memory - placement.kept_free(memory, percent) - load.memory
    used = None
    if machine.disk_bytes is not None and machine.disk_free_bytes is not None:
        used = machine.disk_bytes - machine.disk_free_bytes
    return MachineLine(
        machine=machine,
        standing=standing_of(machine, load),
        load=load,
        room=room,
        memory_label=_memory_label(memory, load),
        memory_tone="care" if room is not None and room < 0 else "",
        disk_used=used,
        disk_label=_disk_label(machine.disk_bytes, used),
        disk_tone="care" if disk_tone(machine) else "",
    )


def _memory_label(memory: int | None, load: Load) -> str:
    if memory is None:
        return _("memory not known")
    return _("%(reserved)s of memory promised out of %(memory)s") % {
        "reserved": size(load.memory),
        "memory": size(memory),
    }


def _disk_label(total: int | None, used: int | None) -> str:
    if total is None:
        return _("disk not measured")
    if used is None:
        return _("disk of %(total)s, not measured") % {"total": size(total)}
    return _("%(used)s of disk used out of %(total)s") % {"used": size(used), "total": size(total)}


@dataclass(frozen=True)
class MachineView:
    """One machine as its page shows it, with the first spaces that live there; ``spaces_url``: where they are moved."""

    line: MachineLine
    country: str
    spaces: list[SpaceThere]
    kept: int | None
    spaces_url: str

    @property
    def more(self) -> int:
        """Return how many spaces are not shown."""
        return self.line.load.spaces - len(self.spaces)


def machine_view(machine: Machine) -> MachineView:
    """Return one machine for its page."""
    percent = int(host.parameter("machine_reserve_percent"))
    line = machine_line(machine, spaces_on_machines().loads().get(machine.public_id, Load()), percent)
    kept = None if machine.memory_bytes is None else placement.kept_free(machine.memory_bytes, percent)
    above = spaces_on_machines()
    spaces = list(above.on(machine.public_id, limit=SPACES_SHOWN)) if line.load.spaces else []
    country = country_name(machine.site.country) if machine.site else ""
    return MachineView(line, country, spaces, kept, above.spaces_url(machine.public_id))


def sites() -> list[Site]:
    """Return every place by name."""
    return list(Site.objects.order_by("name", "pk"))
