# SPDX-License-Identifier: AGPL-3.0-or-later
"""A house with a blog in containers, whose stacks lie in a folder: they outlive a worker that is killed. Called in children.

Loaded by the parent of children, so that every process of them knows the connector.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings

from archipel.history.models import Entry as HistoryEntry
from archipel.identity.models import Client, Entry, Person
from archipel.kernel import clock
from archipel.machines.models import Machine
from archipel.mailing.models import Email
from archipel.outbox.models import Job
from archipel.outbox.worker import drain
from archipel.procedures.models import Procedure
from archipel.spaces import operations
from archipel.spaces.files import brought_path, export_path, kept_folder
from archipel.spaces.models import Hold, Restoration, Space, SpaceSecret, Upgrade
from archipel.spaces.wiring import connector_named
from tests import factories
from tests.faults.house import STAFF
from tests.procedures.nursery import LOADED
from tests.spaces.containers import FakeBlogs

if os.environ.get(LOADED):  # in the parent of children alone: a test that imports this changes nothing of its own
    settings.SPACE_CONNECTORS = settings.SPACE_CONNECTORS | {"blogs": "tests.faults.blogs.in_folder"}
OPENING, UPGRADE, RETURN, MOVE, BRING_BACK = KINDS = ("opening", "upgrade", "return", "move", "bring back")
# By kind: the procedure that is killed.
PROCEDURES = {
    OPENING: "spaces.open_container",
    UPGRADE: "spaces.upgrade",
    RETURN: "spaces.upgrade",
    MOVE: "spaces.move",
    BRING_BACK: "spaces.bring_back",
}


def in_folder() -> FakeBlogs:
    """Return blogs kept in the data folder; a file beside them orders the only fault."""
    folder = Path(settings.ARCHIPEL_DATA) / "blogs"
    made = FakeBlogs(folder)
    if (folder / "refuses-upgrades").exists():
        made.fault = ("no_image", "upgrade")
    return made


def blogs() -> FakeBlogs:
    made: Any = connector_named("blogs")
    return made


def begin(*, kind: str) -> None:
    """Arrange a house whose worker has only this procedure ahead of it, and its consequences."""
    factories.host()
    factories.host_person(email=STAFF, roles=["administrator"])
    factories.blog_service()
    organisation = factories.organisation("Les Jardins", referent=factories.person("Denise", "denise@jardins.example"))
    factories.role(organisation, factories.person("Bastien", "bastien@jardins.example"), "member")
    for name in ("ancre", "bouee"):
        Machine.objects.create(name=name, node_id=f"node-{name}", memory_bytes=2**33, created_at=clock.now())
    _begin_with(kind)(Space.objects, organisation)


def _begin_with(kind: str) -> Callable[[Any, Any], Any]:
    return {OPENING: _open, UPGRADE: _upgrade, RETURN: _return, MOVE: _move, BRING_BACK: _bring_back}[kind]


def _open(_spaces: Any, organisation: Any) -> Space:
    return operations.open_space(
        organisation=organisation, service=factories.blog_service(), agreement=None, title="Blog des Jardins",
        label="jardins", quota_bytes=10**9, language="fr", person=Person.objects.get(email="denise@jardins.example"),
    )  # fmt: skip


def _opened(spaces: Any, organisation: Any) -> Space:
    _open(spaces, organisation)
    drain()
    space = Space.objects.select_related("organisation", "machine").get()
    blogs().write(space.public_id, "Premier billet")
    return space


def _upgrade(spaces: Any, organisation: Any) -> None:
    connector = blogs()
    connector.known = ["1.0"]
    space = _opened(spaces, organisation)
    connector.known = ["1.0", "1.1", "2.0"]
    operations.read_application(name="blogs")
    operations.ask_upgrade(space=space, by=None)


def _return(spaces: Any, organisation: Any) -> None:
    _upgrade(spaces, organisation)
    (Path(settings.ARCHIPEL_DATA) / "blogs" / "refuses-upgrades").touch()


def _move(spaces: Any, organisation: Any) -> None:
    operations.ask_move(space=_opened(spaces, organisation), by=None)


def _bring_back(spaces: Any, organisation: Any) -> None:
    space = _opened(spaces, organisation)
    export = operations.ask_export(space=space)
    drain()
    other = factories.organisation("Le Lavoir", referent=factories.person("Inès", "ines@lavoir.example"))
    with export_path(export).open("rb") as archive:
        operations.open_from_bundle(
            organisation=other, service=space.service, title="", label="lavoir", quota_bytes=None, archive=archive,
            by=Person.objects.get(email=STAFF),
        )  # fmt: skip


def outcome() -> dict[str, Any]:
    """Return what a test compares, free of ids and instants."""
    connector = blogs()
    return {
        "procedures": sorted(f"{row.kind} {row.state}" for row in Procedure.objects.all()),
        "spaces": [_space(connector, row) for row in Space.objects.select_related("machine").order_by("pk")],
        "clients": Client.objects.filter(closed_at=None).count(),
        "secrets": SpaceSecret.objects.count(),
        "entries": sorted(f"{row.person.name} {row.roles}" for row in Entry.objects.select_related("person")),
        "holds": dict(Counter("lifted" if row.lifted_at else "open" for row in Hold.objects.all())),
        "upgrades": list(Upgrade.objects.values_list("state", flat=True)),
        "restorations": [[row.state, row.people] for row in Restoration.objects.all()],
        "mails": dict(sorted(Counter(Email.objects.values_list("name", flat=True)).items())),
        "history": dict(sorted(Counter(HistoryEntry.objects.values_list("what", flat=True)).items())),
        "jobs": sorted(set(Job.objects.values_list("state", flat=True))),
        "left": sorted(
            path.name for place in (kept_folder("x").parent, brought_path("x").parent) for path in place.iterdir()
        ),
    }


def _space(connector: FakeBlogs, space: Space) -> list[Any]:
    stack = connector.stack(space.public_id)
    assert stack
    return [
        space.state,
        space.version,
        space.machine.name if space.machine else "",
        stack["version"],
        sorted(stack["volumes"]),
        sorted(stack["people"].values()),
        stack["effect"],
        connector.posts(space.public_id),
        connector.health(space.public_id).ok,
    ]
