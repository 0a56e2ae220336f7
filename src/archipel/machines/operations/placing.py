# SPDX-License-Identifier: AGPL-3.0-or-later
"""Choose the machine of a space."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from django.db import transaction
from django.db.transaction import TransactionManagementError
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from archipel.design.moments import size_in_words as size
from archipel.host import queries as host
from archipel.kernel.refusals import Refusal
from archipel.machines import placement
from archipel.machines.labels import all_labels
from archipel.machines.models import Machine, Site
from archipel.machines.placement import Candidate, Wish
from archipel.machines.ports import Load
from archipel.machines.wiring import spaces_on_machines


class NoRoom(Refusal):
    """No machine can take this; ``details``: bytes needed, bytes of the machine with most room (None: no machine fits)."""

    code = "no_room"
    message = gettext_lazy("No machine has room for this.")

    def __str__(self) -> str:
        needed, most, labels = (self.details.get(name) for name in ("needed", "most", "labels"))
        if most is None and labels:
            asked = ", ".join(f"{name}={labels[name]}" for name in sorted(labels))
            return _("No machine in service is as asked for (%(labels)s).") % {"labels": asked}
        if most is None:
            return _("No machine is in service: add one to the engine, or take one back into service.")
        return _(
            "This needs %(needed)s of memory, and the machine with most room has %(most)s left. Add a machine, or move something away."
        ) % {"needed": size(needed), "most": size(max(0, most))}


def choose_machine(
    *,
    memory: int,
    site: Site | None = None,
    labels: Mapping[str, str] | None = None,
    avoid: Collection[str] = (),
) -> Machine:
    """Return the machine with most memory left that takes ``memory`` bytes more, carries the labels and stands at the site.

    Draining, silent, lost and retired machines never take anything; a share stays free (``machine_reserve_percent``).
    ``avoid``: public ids. ``labels`` may ask for ``country``, ``site`` and ``ownership``. ``NoRoom`` when none can.

    Machines are locked until the end of the caller's transaction: write the choice in the same one, so that the next
    choice counts it (``TransactionManagementError`` outside one).
    """
    if not transaction.get_connection().in_atomic_block:
        raise TransactionManagementError("choose and write the choice in one transaction")
    rows = list(Machine.objects.select_for_update(of=("self",)).select_related("site").order_by("pk"))
    loads = spaces_on_machines().loads()
    by_id = {row.public_id: row for row in rows}
    candidates = [_candidate(row, loads.get(row.public_id, Load())) for row in rows]
    asked = dict(labels or {}) | ({"site": slugify(site.name)} if site else {})
    wish = Wish(memory, asked, frozenset(avoid))
    percent = int(host.parameter("machine_reserve_percent"))
    chosen = placement.choose(candidates, wish, percent)
    if chosen is None:
        rooms = [placement.room_on(one, percent) for one in placement.possible(candidates, wish)]
        raise NoRoom(needed=memory, most=max(rooms, default=None), labels=asked)
    return by_id[chosen.id]


def _candidate(row: Machine, load: Load) -> Candidate:
    takes = row.in_engine and not row.draining and row.silent_since is None and row.retired_at is None
    return Candidate(
        id=row.public_id, name=row.name, memory=row.memory_bytes or 0, reserved=load.memory, labels=all_labels(row),
        open=takes and row.lost_at is None and row.memory_bytes is not None,
    )  # fmt: skip
