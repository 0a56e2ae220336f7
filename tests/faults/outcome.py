# SPDX-License-Identifier: AGPL-3.0-or-later
"""Everything that is there after a procedure, and what must never be true in between; called in children."""

from __future__ import annotations

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import QuerySet

from archipel.admissions.models import Request
from archipel.history.models import Entry
from archipel.identity.models import Person
from archipel.mailing.models import Email
from archipel.organisations.models import Invitation, Membership
from archipel.outbox.models import Job
from archipel.portal import queries as portal
from archipel.procedures import states
from archipel.procedures.models import Procedure
from archipel.spaces.files import export_path, exports_folder
from archipel.spaces.models import Address, Closing, Export, Space
from archipel.spaces.wiring import connector_named
from tests.faults.house import STAFF


def at_rest() -> bool:
    """Return whether nothing is left for a worker to do."""
    return not Job.objects.filter(state="pending").exists()


def outcome() -> dict[str, Any]:
    """Return what a test compares, free of ids and instants."""
    return {
        "procedures": _procedures(),
        "spaces": _values(Space, "state"),
        "addresses": [_address(row) for row in Address.objects.order_by("name")],
        "requests": _values(Request, "state"),
        "roles": _values(Membership.objects.filter(ended_at=None), "role"),
        "invitations": Invitation.objects.count(),
        "exports": [_export(row) for row in Export.objects.order_by("pk")],
        "closings": [_closing(row) for row in Closing.objects.order_by("pk")],
        "objects": _objects(),
        "mails": _counted(Email, "name", "state"),
        "history": _counted(Entry, "what"),
        "jobs": _counted(Job, "state"),
        "files": sorted(path.suffix for path in exports_folder().iterdir()),
        "today": today(),
    }


def half_done() -> list[str]:
    """Return the ids of spaces and exports that are neither here nor there, which no worker and no human looks after."""
    lines = {line.public_id for line in _today()}
    cared_for = set()
    for procedure in Procedure.objects.filter(state__in=states.UNFINISHED):
        if procedure.public_id in lines or Job.objects.filter(
            unique_key=f"procedure:{procedure.public_id}", state="pending"
        ):
            cared_for.add(procedure.about_id)
    rows = [*Space.objects.filter(state__in=["opening", "closed"]), *Export.objects.filter(ready_at=None)]
    return [row.public_id for row in rows if row.public_id not in cared_for]


def today() -> list[str]:
    """Return the sentences of Today, as an administrator reads them."""
    return [f"{line.kind}: {line.detail}" for line in _today()]


def _today() -> list[Any]:
    return portal.today(Person.objects.get(email=STAFF), size=100).lines


def _procedures() -> list[list[Any]]:
    rows = Procedure.objects.order_by("pk").prefetch_related("steps")
    return [[row.kind, row.state, Counter(step.state for step in row.steps.all())] for row in rows]


def _values(rows: Any, field: str) -> list[str]:
    found: QuerySet[Any] = rows if isinstance(rows, QuerySet) else rows.objects.all()
    return sorted(found.values_list(field, flat=True))


def _counted(model: Any, *fields: str) -> dict[str, int]:
    return dict(sorted(Counter(" ".join(row) for row in model.objects.values_list(*fields)).items()))


def _address(row: Address) -> list[str]:
    return [row.name, "held" if row.space_id else "free", "rests" if row.rests_until else "", row.reserved_for]


def _export(row: Export) -> list[Any]:
    path = export_path(row)
    whole = path.exists() and hashlib.sha256(path.read_bytes()).hexdigest() == row.sha256
    return [row.ready_at is not None, whole]


def _closing(row: Closing) -> list[Any]:
    proof = row.proof
    return [
        row.deleted_at is not None,
        bool(proof.get("signature")),
        proof.get("counted_before", {}).get("files"),
        proof.get("objects_deleted"),
    ]


def _objects() -> dict[str, int]:
    """Count what the store of websites holds, by sort of object."""
    store = connector_named("websites").store  # type: ignore[attr-defined]
    keys = [found.key.split("/") for prefix in ("spaces/", "addresses/") for found in store.list(prefix)]
    return dict(sorted(Counter(key[0] if len(key) < 4 else key[2] for key in keys).items()))


def folder() -> Path:
    """Return where the store of websites of these children is."""
    return Path(settings.ARCHIPEL_DATA) / "websites"
