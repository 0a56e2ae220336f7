# SPDX-License-Identifier: AGPL-3.0-or-later
"""Take a space away: a zip that says what it holds (``bundle``), made by the worker, kept 30 days for the organisation."""

from __future__ import annotations

import shutil
from datetime import date, timedelta

from django.db import transaction

from archipel.host import queries as host
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.outside import TryLater
from archipel.mailing import operations as mailing
from archipel.organisations.queries import referents_of
from archipel.procedures import operations as procedures
from archipel.spaces import bundle
from archipel.spaces.files import export_path, is_gone, work_folder
from archipel.spaces.models import Closing, Export, Space
from archipel.spaces.moves import full_title, locked, record
from archipel.spaces.queries.totals import is_changing
from archipel.spaces.refusals import NotOpen
from archipel.spaces.wiring import connector_of

EXPORTING = "spaces.export"
KEPT = timedelta(days=30)


def ask_export(*, space: Space, by: Person | None = None, fresh: bool = False) -> Export:
    """Have an export made; one that is being made already is returned (``NotOpen`` for what is not or no longer there).

    ``fresh``: another one all the same, for what is being made may have been gathered before the last publication.
    """
    with transaction.atomic():
        space = locked(space)
        if space.state not in {"open", "closing"} or not space.connector:
            raise NotOpen
        under_way = Export.objects.filter(space=space, ready_at=None, expires_on=None).order_by("-pk").first()
        if under_way and not fresh:
            return under_way
        export = Export.objects.create(space=space, asked_by=by, asked_at=clock.now())
        procedures.start(
            kind=EXPORTING,
            about_kind="export",
            about_id=export.public_id,
            organisation_id=space.organisation.public_id,
            title=full_title(space),
            started_by=by.public_id if by else "",
        )
        record("space.export_asked", space, by)
        if space.state == "closing":
            _stand_in(export)
    return export


def _stand_in(export: Export) -> None:
    """Let an export take the place of the one of a closing that can no longer be fetched: a deletion waits for it."""
    closing = Closing.objects.select_related("export").get(space=export.space, cancelled_at=None)
    if closing.export and is_gone(closing.export):
        closing.export = export
        closing.save(update_fields=["export"])


def gather_export(*, export: Export) -> int:
    """Have the application write everything into a fresh folder, and return how many files. Repeatable; calls outside.

    ``TryLater`` while the space is moved, upgraded or filled, or when that began meanwhile: a deletion relies on it.
    """
    _check_still(export.space)
    folder = work_folder(export)
    shutil.rmtree(folder, ignore_errors=True)
    content = folder / bundle.CONTENT
    try:
        content.mkdir(parents=True)
        files = connector_of(export.space).export(export.space.public_id, content)
        bundle.write_list(folder, files)
    except OSError as error:
        raise TryLater(f"the export cannot be written: {error.strerror}", after=300) from error
    _check_still(export.space)
    return len(files)


def _check_still(space: Space) -> None:
    if is_changing(space):
        raise TryLater("the space is being changed: its export waits", after=60)


def pack_export(*, export: Export) -> tuple[int, str]:
    """Pack what was gathered and return (bytes, SHA-256) of the zip. Repeatable."""
    try:
        return bundle.pack(export, work_folder(export), export_path(export))
    except OSError as error:
        raise TryLater(f"the export cannot be packed: {error.strerror}", after=300) from error


def hand_over_export(*, export: Export, size: int, sha256: str) -> Export:
    """Say that an export can be fetched, and write to who asked for it. Repeatable."""
    with transaction.atomic():
        export = Export.objects.select_for_update(of=("self",)).select_related("space", "asked_by").get(pk=export.pk)
        if export.ready_at is None and export.expires_on is None:
            export.ready_at, export.size, export.sha256 = clock.now(), size, sha256
            export.expires_on = _kept_until(export)
            export.save(update_fields=["ready_at", "size", "sha256", "expires_on"])
            record("space.exported", export.space, bytes=size, sha256=sha256)
            _tell(export)
    shutil.rmtree(work_folder(export), ignore_errors=True)
    return export


def give_up_export(*, export_id: str) -> None:
    """Write that somebody of the host gave an export up: it never was, and another one may be asked for. Repeatable.

    It is over today: a worker that still packs it leaves a file, which goes with the night.
    """
    with transaction.atomic():
        export = Export.objects.select_for_update(of=("self",)).get(public_id=export_id)
        if export.ready_at is None:
            export.expires_on = clock.today()
            export.save(update_fields=["expires_on"])
    shutil.rmtree(work_folder(export), ignore_errors=True)


def _kept_until(export: Export) -> date:
    """Return the last day: 30 days, and for a closing 30 days past the first day of deletion."""
    closing = Closing.objects.filter(export=export).first()
    start = max(clock.today(), closing.delete_after) if closing else clock.today()
    return start + KEPT


def _tell(export: Export) -> None:
    space = export.space
    asked = [export.asked_by] if export.asked_by and export.asked_by.is_active else []
    portal = host.current().portal_url
    for person in asked or referents_of(space.organisation):
        mailing.send(
            name="spaces/export_ready",
            to=person.email,
            to_name=person.name,
            language=person.language,
            context={
                "name": person.name,
                "space": space,
                "size": export.size,
                "sha256": export.sha256,
                "expires_on": export.expires_on,
                "file_url": f"{portal}/spaces/{space.public_id}/exports/{export.public_id}/",
            },
        )
