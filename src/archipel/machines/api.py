# SPDX-License-Identifier: AGPL-3.0-or-later
"""Machines for programs of who operates the host; machines say by it how full their disk is."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from archipel.identity.models import Person
from archipel.identity.tokens import TokenAuth
from archipel.machines import access, operations, queries
from archipel.machines.queries import MachineLine
from archipel.organisations.access import require_desk

router = Router(tags=["machines"])


class MachineOut(Schema):
    """Sizes are bytes; ``null`` where nobody measured."""

    id: str
    name: str
    state: str = Field(description="in_service, to_empty, emptying, empty, silent, lost, declared or retired.")
    site: str
    country: str
    ownership: str
    owner: str
    labels: dict[str, str]
    spaces: int
    memory: int | None
    memory_reserved: int
    memory_left: int | None
    disk: int | None
    disk_free: int | None
    disk_at: datetime | None
    seen_at: datetime | None


class DiskIn(Schema):
    disk: int = Field(description="Size in bytes.")
    disk_free: int = Field(description="Bytes that are free.")


def _person(request: HttpRequest) -> Person:
    person: Person = request.auth  # type: ignore[attr-defined]  # set by ninja
    return person


def _out(line: MachineLine) -> dict[str, Any]:
    machine = line.machine
    return {
        "id": machine.public_id, "name": machine.name, "state": line.standing.key, "labels": machine.labels,
        "site": machine.site.name if machine.site else "", "country": machine.site.country if machine.site else "",
        "ownership": machine.ownership, "owner": machine.owner, "spaces": line.load.spaces,
        "memory": machine.memory_bytes, "memory_reserved": line.load.memory, "memory_left": line.room,
        "disk": machine.disk_bytes, "disk_free": machine.disk_free_bytes, "disk_at": machine.disk_at,
        "seen_at": machine.seen_at,
    }  # fmt: skip


@router.get(
    "/machines", response=list[MachineOut], auth=TokenAuth("machines:read"), operation_id="listMachines",
    summary="The machines, with what they carry",
)  # fmt: skip
def list_machines(request: HttpRequest) -> list[dict[str, Any]]:
    require_desk(_person(request), access.VERB)
    return [_out(line) for line in queries.all_lines()]


@router.get(
    "/machines/{machine_id}", response=MachineOut, auth=TokenAuth("machines:read"), operation_id="getMachine",
    summary="One machine, with what it carries",
)  # fmt: skip
def get_machine(request: HttpRequest, machine_id: str) -> dict[str, Any]:
    return _out(queries.machine_view(access.machine_of(_person(request), machine_id)).line)


@router.put(
    "/machines/{machine_id}/disk", response=MachineOut, auth=TokenAuth("machines:report"), operation_id="reportDisk",
    summary="Say how full the disk of a machine is",
)  # fmt: skip
def report_disk(request: HttpRequest, machine_id: str, typed: DiskIn) -> dict[str, Any]:
    machine = access.machine_of(_person(request), machine_id)
    operations.report_disk(machine=machine, disk_bytes=typed.disk, disk_free_bytes=typed.disk_free)
    return _out(queries.machine_view(machine).line)
