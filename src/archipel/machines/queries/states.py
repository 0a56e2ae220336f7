# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a machine stands, in words: the first of these that is true."""

from __future__ import annotations

from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from archipel.machines.models import Machine
from archipel.machines.ports import Load

# A disk with less than this share free, in percent, needs somebody; with less than the second it stops things.
DISK_LOW, DISK_FULL = 10, 3


class Standing(NamedTuple):
    """How a machine stands: a key, its words, its buoy."""

    key: str
    words: str | Promise
    tone: str


RETIRED = Standing("retired", pgettext_lazy("machine", "Retired"), "")
LOST = Standing("lost", pgettext_lazy("machine", "Lost"), "stop")
SILENT = Standing("silent", _("Does not answer"), "care")
DECLARED = Standing("declared", _("Not in the engine"), "")
TO_EMPTY = Standing("to_empty", _("To be emptied"), "care")
EMPTYING = Standing("emptying", _("Being emptied"), "now")
EMPTY = Standing("empty", _("Emptied"), "now")
IN_SERVICE = Standing("in_service", _("In service"), "ok")


def standing_of(machine: Machine, load: Load) -> Standing:
    """Return how a machine stands now."""
    if machine.retired_at:
        return RETIRED
    if machine.lost_at:
        return LOST
    if not machine.in_engine:
        return DECLARED
    if machine.silent_since:
        return SILENT
    return _draining(machine, load) if machine.draining else IN_SERVICE


def _draining(machine: Machine, load: Load) -> Standing:
    if load.spaces and not machine.drain_all:
        return TO_EMPTY
    return EMPTY if machine.availability == "drain" else EMPTYING


def disk_tone(machine: Machine) -> str:
    """Return the buoy of a disk: nothing while there is room, or when nobody measured it."""
    if machine.disk_bytes is None or machine.disk_free_bytes is None:
        return ""
    share = machine.disk_free_bytes * 100 / machine.disk_bytes
    if share < DISK_FULL:
        return "stop"
    return "care" if share < DISK_LOW else ""
