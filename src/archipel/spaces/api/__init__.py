# SPDX-License-Identifier: AGPL-3.0-or-later
"""Spaces and procedures for programs: the same access and operations as the pages."""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from typing import IO, Any, Literal

from django.http import FileResponse, HttpRequest
from ninja import Schema, Status

from archipel.identity.access import client_address
from archipel.identity.models import Person
from archipel.identity.tokens import TokenAuth
from archipel.kernel.refusals import Invalid
from archipel.organisations.access import organisation_of
from archipel.procedures import queries as procedures
from archipel.spaces import access, operations, queries
from archipel.spaces.api import bundles, domains, entitlements, people, where
from archipel.spaces.api.router import router
from archipel.spaces.files import bundle_name, open_bundle
from archipel.spaces.models import Closing, Export, Hold, Publication
from archipel.spaces.operations import Source

__all__ = ["bundles", "domains", "entitlements", "people", "router", "where"]

IN_MEMORY = 1024 * 1024
_CHUNK = 256 * 1024


class VersionOut(Schema):
    id: str
    number: int | None
    online: bool
    published_at: datetime | None
    files: int | None
    bytes: int | None


class HoldOut(Schema):
    id: str
    kind: str
    effect: str
    reason: str
    since: datetime
    lifted_at: datetime | None


class ClosingOut(Schema):
    asked_at: datetime
    delete_after: date
    confirmations: int
    deleted_at: datetime | None
    proof: dict[str, Any]


class SpaceOut(Schema):
    id: str
    title: str
    state: str
    effect: str
    organisation: str
    service: str
    address: str
    url: str
    quota_bytes: int | None
    usage_bytes: int | None
    usage_at: datetime | None
    versions: list[VersionOut]
    holds: list[HoldOut]
    closing: ClosingOut | None
    procedure: str | None


class StepOut(Schema):
    name: str
    label: str
    state: str
    attempts: int
    finished_at: datetime | None
    next_try_at: datetime | None


class ProcedureOut(Schema):
    id: str
    kind: str
    state: str
    done: int
    total: int
    about_kind: str
    about_id: str
    steps: list[StepOut]


class HoldIn(Schema):
    kind: Literal["unpaid", "abuse", "own_wish", "maintenance"] = "own_wish"
    effect: Literal["read_only", "suspended"]
    reason: str = ""


class ReasonIn(Schema):
    reason: str = ""


class ExportOut(Schema):
    id: str
    ready: bool
    size: int | None
    sha256: str
    expires_on: date | None
    url: str


class PublicationOut(Schema):
    id: str
    number: int | None
    state: str
    files: int | None
    bytes: int | None


class TooLong(Invalid):
    """The body is longer than its limit."""

    code = "body_too_long"
    status = 413


def _person(request: HttpRequest) -> Person:
    person: Person = request.auth  # type: ignore[attr-defined]  # set by ninja
    return person


def _source(request: HttpRequest) -> Source:
    ip, port = client_address(request)
    return Source(ip or None, port or None)


def _hold(hold: Hold) -> dict[str, Any]:
    return {
        "id": hold.public_id,
        "kind": hold.kind,
        "effect": hold.effect,
        "reason": hold.reason,
        "since": hold.since,
        "lifted_at": hold.lifted_at,
    }


def _publication(made: Publication) -> dict[str, Any]:
    return {
        "id": made.public_id,
        "number": made.number,
        "state": made.state,
        "files": made.files,
        "bytes": made.bytes,
    }


def _closing(closing: Closing | None) -> dict[str, Any] | None:
    if closing is None:
        return None
    return {
        "asked_at": closing.asked_at,
        "delete_after": closing.delete_after,
        "confirmations": sum(at is not None for at in (closing.first_confirmed_at, closing.second_confirmed_at)),
        "deleted_at": closing.deleted_at,
        "proof": closing.proof,
    }


def _export(export: Export) -> dict[str, Any]:
    space_id = export.space.public_id
    line = queries.export_line(export, space_id)
    url = f"/api/spaces/{space_id}/exports/{export.public_id}/file" if line.url else ""
    return {
        "id": export.public_id,
        "ready": line.ready,
        "size": line.size,
        "sha256": line.sha256,
        "expires_on": line.expires_on,
        "url": url,
    }


@router.get("/spaces/{space_id}", response=SpaceOut, auth=TokenAuth("spaces:read"), operation_id="getSpace")
def get_space(request: HttpRequest, space_id: str) -> dict[str, Any]:
    space = access.space_of(_person(request), space_id)
    facts = queries.space_facts(space)
    versions = [
        {
            "id": line.version_id,
            "number": line.number,
            "online": line.online,
            "published_at": line.at,
            "files": line.files,
            "bytes": line.bytes,
        }
        for line in facts.versions
    ]
    return {
        "id": space.public_id,
        "title": space.title,
        "state": space.state,
        "effect": facts.effect,
        "organisation": space.organisation.public_id,
        "service": space.service.slug,
        "address": facts.address,
        "url": facts.url,
        "quota_bytes": space.quota_bytes,
        "usage_bytes": space.usage_bytes,
        "usage_at": space.usage_at,
        "versions": versions,
        "holds": [_hold(hold) for hold in facts.holds],
        "closing": _closing(facts.closing),
        "procedure": facts.procedure_id,
    }


@router.get(
    "/procedures/{procedure_id}",
    response=ProcedureOut,
    auth=TokenAuth("procedures:read"),
    operation_id="getProcedure",
    tags=["procedures"],
)
def get_procedure(request: HttpRequest, procedure_id: str) -> dict[str, Any]:
    procedure = procedures.by_public_id(procedure_id)
    organisation_of(_person(request), procedure.organisation_id)
    progress = procedures.progress(procedure)
    steps = [
        {
            "name": step.name,
            "label": step.label,
            "state": step.state,
            "attempts": step.attempts,
            "finished_at": step.finished_at,
            "next_try_at": step.next_try_at,
        }
        for step in progress.steps
    ]
    return {
        "id": procedure.public_id,
        "kind": procedure.kind,
        "state": progress.state,
        "done": progress.done,
        "total": progress.total,
        "about_kind": procedure.about_kind,
        "about_id": procedure.about_id,
        "steps": steps,
    }


@router.post(
    "/spaces/{space_id}/versions",
    response={201: PublicationOut},
    auth=TokenAuth("websites:publish"),
    operation_id="publishWebsite",
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
        }
    },
)
def publish_website(request: HttpRequest, space_id: str) -> Status[dict[str, Any]]:
    """Publish the zip that is the body of the request, read to disk piece by piece."""
    person = _person(request)
    space = access.space_of(person, space_id, "publish")
    length = request.META.get("CONTENT_LENGTH") or ""
    operations.check_size(space=space, length=int(length) if length.isdecimal() else None)
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as archive:
        _receive(request, archive, operations.longest_body(space=space))
        made = operations.publish_zip(space=space, archive=archive, person=person, source=_source(request), means="api")
    return Status(201, _publication(made))


def _receive(request: HttpRequest, target: IO[bytes], limit: int) -> None:
    received = 0
    while piece := request.read(_CHUNK):
        received += len(piece)
        if received > limit:
            raise TooLong
        target.write(piece)
    target.seek(0)


@router.post(
    "/spaces/{space_id}/versions/{version_id}/restore",
    response=PublicationOut,
    auth=TokenAuth("websites:publish"),
    operation_id="restoreVersion",
)
def restore_version(request: HttpRequest, space_id: str, version_id: str) -> dict[str, Any]:
    person = _person(request)
    version = access.version_of(person, space_id, version_id)
    return _publication(operations.restore_version(version=version, person=person, source=_source(request)))


@router.post(
    "/spaces/{space_id}/holds", response={201: HoldOut}, auth=TokenAuth("spaces:write"), operation_id="holdSpace"
)
def hold_space(request: HttpRequest, space_id: str, typed: HoldIn) -> Status[dict[str, Any]]:
    person = _person(request)
    space = access.space_to_hold(person, space_id, typed.kind)
    hold = operations.place_hold(space=space, kind=typed.kind, effect=typed.effect, reason=typed.reason, by=person)
    return Status(201, _hold(hold))


@router.delete(
    "/spaces/{space_id}/holds/{hold_id}",
    response=HoldOut,
    auth=TokenAuth("spaces:write"),
    operation_id="releaseSpace",
)
def release_space(request: HttpRequest, space_id: str, hold_id: str) -> dict[str, Any]:
    person = _person(request)
    return _hold(operations.lift_hold(hold=access.hold_of(person, space_id, hold_id), by=person))


@router.post(
    "/spaces/{space_id}/exports", response={202: ExportOut}, auth=TokenAuth("spaces:write"), operation_id="exportSpace"
)
def export_space(request: HttpRequest, space_id: str) -> Status[dict[str, Any]]:
    person = _person(request)
    space = access.space_of(person, space_id, "export")
    return Status(202, _export(operations.ask_export(space=space, by=person)))


@router.get(
    "/spaces/{space_id}/exports/{export_id}",
    response=ExportOut,
    auth=TokenAuth("spaces:read"),
    operation_id="getExport",
)
def get_export(request: HttpRequest, space_id: str, export_id: str) -> dict[str, Any]:
    return _export(access.export_of(_person(request), space_id, export_id))


@router.get("/spaces/{space_id}/exports/{export_id}/file", auth=TokenAuth("spaces:read"), operation_id="downloadExport")
def download_export(request: HttpRequest, space_id: str, export_id: str) -> FileResponse:
    export = access.fetchable_export_of(_person(request), space_id, export_id)
    return FileResponse(
        open_bundle(export), as_attachment=True, filename=bundle_name(export), content_type="application/zip"
    )


@router.post(
    "/spaces/{space_id}/closing", response={201: ClosingOut}, auth=TokenAuth("spaces:write"), operation_id="closeSpace"
)
def close_space(request: HttpRequest, space_id: str, typed: ReasonIn) -> Status[dict[str, Any] | None]:
    person = _person(request)
    space = access.space_of(person, space_id, "close")
    return Status(201, _closing(operations.close_space(space=space, by=person, reason=typed.reason)))


@router.delete(
    "/spaces/{space_id}/closing", response={204: None}, auth=TokenAuth("spaces:write"), operation_id="cancelClosing"
)
def cancel_closing(request: HttpRequest, space_id: str) -> Status[None]:
    person = _person(request)
    operations.cancel_closing(space=access.space_of(person, space_id, "close"), by=person)
    return Status(204, None)


@router.post(
    "/spaces/{space_id}/deletion",
    response=ClosingOut,
    auth=TokenAuth("deletion:confirm"),
    operation_id="confirmDeletion",
)
def confirm_deletion(request: HttpRequest, space_id: str) -> dict[str, Any] | None:
    person = _person(request)
    return _closing(operations.confirm_deletion(space=access.space_to_delete(person, space_id), by=person))
