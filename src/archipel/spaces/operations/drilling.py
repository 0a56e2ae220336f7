# SPDX-License-Identifier: AGPL-3.0-or-later
"""Drills: a back-up nobody restored is a hope. Each week one is, into a scratch place, and the result is written down."""

from __future__ import annotations

import random
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.kernel.refusals import Refusal
from archipel.machines.wiring import store_of
from archipel.procedures import operations as procedures
from archipel.spaces import bundle, copies
from archipel.spaces.models import Backup, Drill, LastCopy, Space
from archipel.spaces.moves import full_title, record
from archipel.spaces.ports import ContainerSpec, SpaceSpec
from archipel.spaces.wiring import connector_of

DRILL = "spaces.drill"
# Reserved by RFC 6761: no name below it ever leads anywhere.
NOWHERE = "invalid"
_OLDEST = 20


class CopyGone(Refusal):
    """The copy was dropped, or its place closed."""

    code = "copy_gone"
    message = _("This copy is no longer there: choose another one.")


class DrillFailed(Exception):
    """The copy would not have saved us; the message says why."""


def drill_weekly() -> Drill | None:
    """Begin this week's drill, unless it began already; None when there is nothing to try."""
    today = clock.today()
    week = f"{today.isocalendar().year}-{today.isocalendar().week}"
    monday = clock.start_of_day(today.fromisocalendar(today.isocalendar().year, today.isocalendar().week, 1))
    if Drill.objects.filter(at__gte=monday, weekly=True).exists():
        return None
    backup = choose(week=week)
    return start_drill(backup=backup, weekly=True) if backup else None


def choose(*, week: str) -> Backup | None:
    """Return the last copy of some space in some place: one never tried if there is any, else among the longest untried.

    The same week chooses the same one, and each has its turn.
    """
    lots = random.Random(week)  # noqa: S311 - chance, not secrecy
    rows = LastCopy.objects.filter(taken_at__isnull=False, place__closed_at=None).exclude(space__state="deleted")
    never = rows.filter(drilled_at=None)
    count = never.count()
    if count:
        chosen = never.order_by("pk")[lots.randrange(count)]
    else:
        oldest = list(rows.order_by("drilled_at", "pk")[:_OLDEST])
        if not oldest:
            return None
        chosen = lots.choice(oldest[: max(1, len(oldest) // 4)])
    good = Backup.objects.filter(space=chosen.space_id, place=chosen.place_id, dropped_at=None).exclude(copy_id="")
    return good.select_related("space", "place").order_by("-taken_at").first()


def start_drill(*, backup: Backup, by: Any = None, weekly: bool = False) -> Drill:
    """Have a copy restored into a scratch place and compared (``CopyGone``)."""
    if not backup.copy_id or backup.dropped_at or backup.place.closed_at:
        raise CopyGone
    with transaction.atomic():
        drill = Drill.objects.create(backup=backup, at=clock.now(), weekly=weekly)
        procedures.start(
            kind=DRILL,
            about_kind="drill",
            about_id=drill.public_id,
            organisation_id="",
            title=full_title(backup.space),
            started_by=by.public_id if by else "",
        )
        record("space.drill_began", backup.space, by, visible="host", place=backup.place.name)
    return drill


def bring_back(*, drill: Drill) -> None:
    """Bring the copy back into a work folder. Repeatable; calls outside (``TryLater``, ``DrillFailed``)."""
    folder = copies.fresh_folder(drill.public_id)
    try:
        store_of(drill.backup.place).bring_back(drill.backup.copy_id, folder)
    except RefusedOutside as refused:
        raise DrillFailed(refused.reason) from refused


def compare(*, drill: Drill) -> int:
    """Compare every file with its SHA-256 and return how many (``DrillFailed``). In memory and on our disk only."""
    try:
        return copies.compare(copies.existing_folder(drill.public_id))
    except RefusedOutside as refused:
        raise DrillFailed(refused.reason) from refused


def try_out(*, drill: Drill) -> str:
    """Open a scratch space that nobody reaches, fill it from the copy, and say how it is. Repeatable; calls outside.

    ``TryLater`` while it does not answer as it should, ``DrillFailed`` when it refuses.
    """
    space, connector = drill.backup.space, connector_of(drill.backup.space)
    try:
        connector.open(scratch_spec(space=space, scratch_id=drill.public_id))
        connector.restore(drill.public_id, copies.existing_folder(drill.public_id) / bundle.CONTENT)
        health = connector.health(drill.public_id)
    except RefusedOutside as refused:
        raise DrillFailed(refused.reason) from refused
    if not health.ok:
        raise TryLater(f"the scratch space does not answer as it should: {health.detail}")
    return health.detail


def scratch_spec(*, space: Space, scratch_id: str) -> SpaceSpec:
    """Return what a scratch space is: a name that leads nowhere, as much room as the space, secrets made for it alone.

    One in containers gets no route and no way to sign in; it stands where the engine puts it. In memory.
    """
    container = None
    connector: Any = connector_of(space)
    if hasattr(connector, "secrets"):
        signs = "abcdefghijkmnpqrstuvwxyz23456789"
        lots = random.SystemRandom()
        names = [*connector.secrets(), "client_secret"]
        made = {name: "".join(lots.choice(signs) for _ in range(32)) for name in names}
        container = ContainerSpec(version=space.version or connector.versions()[-1], secrets=made)
    return SpaceSpec(
        space_id=scratch_id,
        address=f"{scratch_id}.{NOWHERE}",
        title=space.title,
        language=space.language,
        quota=None,
        container=container,
    )


def clear_away(*, drill: Drill) -> int:
    """Delete the scratch space and the work folder, and return how many objects. Repeatable; calls outside."""
    objects = connector_of(drill.backup.space).close(drill.public_id)
    copies.drop_folder(drill.public_id)
    return objects


def finish_drill(*, drill: Drill, problem: str, files: int, detail: str, opened: bool) -> Drill:
    """Write how a drill went. Repeatable."""
    with transaction.atomic():
        row = (
            Drill.objects.select_for_update(of=("self",))
            .select_related("backup__space", "backup__place")
            .get(pk=drill.pk)
        )
        if row.ok is None:
            row.finished_at = clock.now()
            row.seconds = (row.finished_at - row.at).total_seconds()
            row.ok, row.files, row.opened, row.detail = not problem, files, opened, (problem or detail)[:300]
            row.save(update_fields=["finished_at", "seconds", "ok", "files", "opened", "detail"])
            last = LastCopy.objects.filter(space=row.backup.space, place=row.backup.place)
            last.update(drilled_at=row.finished_at, drill_ok=row.ok)
            what = "space.drill_passed" if row.ok else "space.drill_failed"
            record(what, row.backup.space, visible="host", place=row.backup.place.name, reason=row.detail)
    return row


def give_up_drill(*, drill_id: str) -> None:
    """Clear away what a drill left that somebody of the host gave up; it says nothing of its copy. Repeatable; calls outside."""
    drill = Drill.objects.select_related("backup__space").get(public_id=drill_id)
    clear_away(drill=drill)
    Drill.objects.filter(pk=drill.pk, finished_at=None).update(finished_at=clock.now())


def see_to_drill(*, drill: Drill, by: Any) -> Drill:
    """Say that somebody saw to a drill that failed: its line leaves Today."""
    with transaction.atomic():
        row = Drill.objects.select_for_update(of=("self",)).select_related("backup__space").get(pk=drill.pk)
        if row.ok is False and row.seen_at is None:
            row.seen_at = clock.now()
            row.save(update_fields=["seen_at"])
            record("space.drill_seen_to", row.backup.space, by, visible="host")
    return row
