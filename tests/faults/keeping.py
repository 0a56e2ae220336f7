# SPDX-License-Identifier: AGPL-3.0-or-later
"""A house with a place for back-ups kept by the real restic, where a drill or a restore is about to run; called in children."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from django.conf import settings

from archipel.history.models import Entry
from archipel.identity.models import Person
from archipel.machines import operations as machines
from archipel.machines.models import BackupPlace
from archipel.outbox.worker import drain
from archipel.procedures.models import Procedure
from archipel.spaces import copies, operations
from archipel.spaces.models import Backup, Drill, Space
from archipel.spaces.wiring import connector_of
from tests import factories
from tests.faults import house

DRILL, RESTORE = KINDS = ("spaces.drill", "spaces.restore_backup")
LATER = b"<h1>Plus tard</h1>"


def begin(*, kind: str) -> None:
    """A site that was copied to a folder and changed since; its copy is to be tried, or to be put back."""
    factories.host()
    house.before()
    space = house.opened()
    staff = Person.objects.get(email=house.STAFF)
    machines.declare_place(
        name="Disque", kind="folder", location=str(Path(settings.ARCHIPEL_DATA) / "copies"), credentials={}, by=staff
    )
    drain()
    backup = operations.back_up_space(space=space, place=BackupPlace.objects.get())
    archive = factories.zip_of({"index.html": LATER})
    operations.publish_zip(space=space, archive=archive, person=house.referent(space.organisation))
    drain()
    if kind == DRILL:
        operations.start_drill(backup=backup, by=staff)
    else:
        operations.ask_restore(backup=backup, by=staff, understood=True)


def outcome() -> dict[str, Any]:
    """Return what a test compares, free of ids and instants."""
    space = Space.objects.get()
    connector: Any = connector_of(space)
    store = connector.store
    page = f"spaces/{space.public_id}/blobs/{hashlib.sha256(house.FILES['index.html']).hexdigest()}"
    files = dict(connector.paths(space.public_id, connector.online(space.public_id)))
    return {
        "procedure": Procedure.objects.order_by("-pk").values_list("kind", "state")[0],
        "drills": list(Drill.objects.values_list("ok", "opened", "detail")),
        "sites": sorted({found.key.split("/")[1] == space.public_id for found in store.list("spaces/")}),
        "addresses": len(list(store.list("addresses/"))),
        "shows": sorted(files),
        "page": store.get(page)[0] == house.FILES["index.html"],
        "good_copies": Backup.objects.exclude(copy_id="").count() >= 1,
        "unfinished": Backup.objects.filter(finished_at=None, drills=None).count() > 1,
        "work": len(list(copies.work_root().iterdir())) - _left_by_killed(),
        "restored": Entry.objects.filter(what="space.restored").count(),
    }


def _left_by_killed() -> int:
    """Folders a killed worker gathered a copy in: swept the night after."""
    return len([path for path in copies.work_root().iterdir() if "-" in path.name])
