# SPDX-License-Identifier: AGPL-3.0-or-later
"""How full the disks are, as machines themselves say it."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from archipel.kernel import clock
from archipel.kernel.refusals import Invalid
from archipel.machines.models import Machine

LARGEST = 10**18


class DiskUnlikely(Invalid):
    """A disk has a size, and no more free than that."""

    code = "disk_unlikely"
    message = _("A disk has a size above zero, and cannot have more free than it has.")


def report_disk(*, machine: Machine, disk_bytes: int, disk_free_bytes: int) -> Machine:
    """Write down how large and how free the disk of a machine is, in bytes (``DiskUnlikely``); an observation, no history."""
    if not 0 < disk_bytes <= LARGEST or not 0 <= disk_free_bytes <= disk_bytes:
        raise DiskUnlikely(field="disk_bytes")
    machine.disk_bytes, machine.disk_free_bytes, machine.disk_at = disk_bytes, disk_free_bytes, clock.now()
    machine.save(update_fields=["disk_bytes", "disk_free_bytes", "disk_at"])
    return machine
