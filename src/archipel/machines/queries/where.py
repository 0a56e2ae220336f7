# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where a machine stands and whose it is, as anybody whose data it holds may know it."""

from __future__ import annotations

from dataclasses import dataclass

from archipel.kernel.countries import country_name
from archipel.machines.models import Machine, Ownership


@dataclass(frozen=True)
class Standpoint:
    """A machine as the people it carries read it; what nobody said is empty. ``owner`` is empty for the host's own."""

    machine: str
    site: str
    site_run_by: str
    country_code: str
    country: str
    ownership: str
    owner: str

    @property
    def ours(self) -> bool:
        """Say whether the machine is the host's own."""
        return self.ownership == Ownership.OURS


def standpoint_of(machine: Machine) -> Standpoint:
    """Return where a machine stands; its site is read with it (``select_related``)."""
    site = machine.site
    return Standpoint(
        machine=machine.name,
        site=site.name if site else "",
        site_run_by=site.run_by if site else "",
        country_code=site.country if site else "",
        country=country_name(site.country) if site else "",
        ownership=machine.ownership,
        owner=machine.whose,
    )


def keepers_of_websites() -> list[Machine]:
    """Return the machines that the host says its websites stand on."""
    rows = Machine.objects.select_related("site").filter(keeps_websites=True, retired_at=None)
    return list(rows.order_by("name", "pk"))
