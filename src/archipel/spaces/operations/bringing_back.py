# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bring a bundle back: into a space that is there, or a new one opened for it. Nothing is touched before all of it is checked."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import IO, Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from archipel.catalogue.models import Service
from archipel.host import queries as host
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.outside import RefusedOutside
from archipel.kernel.references import new_public_id
from archipel.kernel.refusals import Refusal
from archipel.mailing import operations as mailing
from archipel.organisations.models import Organisation
from archipel.organisations.queries import referents_of
from archipel.procedures import operations as procedures
from archipel.spaces import states, unpacking
from archipel.spaces.files import brought_path, unpacked_folder
from archipel.spaces.models import Restoration, Space
from archipel.spaces.moves import full_title, locked, record
from archipel.spaces.operations.opening import open_space
from archipel.spaces.operations.working import SpaceUnderWay, give_up_work
from archipel.spaces.queries.totals import is_under_way
from archipel.spaces.refusals import BundleRefused, NotOpen
from archipel.spaces.unpacking import Manifest

BRINGING_BACK = "spaces.bring_back"
_CHUNK = 256 * 1024


class OtherApplication(Refusal):
    """The bundle is of another application."""

    code = "other_application"
    message = _("This export is of another application: it cannot be put into this space.")


class AlreadyRestoring(Refusal):
    """One bundle at a time."""

    code = "already_restoring"
    message = _("A bundle is already being put into this space.")


def bring_bundle(*, space: Space, archive: IO[bytes], by: Person | None, with_people: bool = True) -> Restoration:
    """Receive a bundle for a space and have it put there: judged and kept first, nothing is touched before it is verified.

    ``BundleRefused``, ``OtherApplication``, ``NotOpen``, ``AlreadyRestoring``, ``SpaceUnderWay``. ``with_people``: those of the bundle are
    linked by their confirmed address, or invited.
    """
    manifest = judge_bundle(archive=archive, connector=space.connector)
    public_id = new_public_id()
    try:
        _keep(archive, public_id)
        with transaction.atomic():
            space = locked(space)
            if space.state not in {"open", "opening"} or not space.connector:
                raise NotOpen
            _check_alone(space)
            row = _write(space, manifest, public_id, by, with_people)
            record("space.bundle_brought", space, by, origin=manifest.host)
            if space.state == "open":
                _start(row)
    except BaseException:
        # Nobody asks for it again by this name: whoever is refused a hundred times must not fill the disk.
        _drop(public_id)
        raise
    return row


def open_from_bundle(
    *, organisation: Organisation, service: Service, title: str, label: str, quota_bytes: int | None,
    archive: IO[bytes], by: Person,
) -> Restoration:  # fmt: skip
    """Open a space for a bundle, at an address of its own, and have the bundle put there once it is open.

    Refusals of ``bring_bundle`` and of an address (``AddressTaken`` …).
    """
    manifest = judge_bundle(archive=archive, connector=service.connector)
    with transaction.atomic():
        space = open_space(
            organisation=organisation, service=service, agreement=None, title=title.strip() or manifest.title,
            label=label, quota_bytes=quota_bytes, language=host.current().languages[0], person=by if _belongs(organisation, by) else None,
        )  # fmt: skip
    return bring_bundle(space=space, archive=archive, by=by)


def _belongs(organisation: Organisation, person: Person) -> bool:
    return any(one.pk == person.pk for one in referents_of(organisation))


def judge_bundle(*, archive: IO[bytes], connector: str) -> Manifest:
    """Return what a bundle says of itself (``BundleRefused``, ``OtherApplication``); its content is not read yet."""
    try:
        manifest = unpacking.read_manifest(archive)
    except RefusedOutside as refused:
        raise BundleRefused.of(refused.code, refused.about) from refused
    if manifest.application and manifest.application != connector:
        raise OtherApplication(field="archive")
    return manifest


def _check_alone(space: Space) -> None:
    """An upgrade or a move has what the space held kept aside, and would put that back over the bundle."""
    if Restoration.objects.filter(space=space, state__in=["waiting", "running"]).exists():
        raise AlreadyRestoring
    if space.state == "open" and is_under_way(space):
        raise SpaceUnderWay


def _keep(archive: IO[bytes], public_id: str) -> None:
    path = brought_path(public_id)
    archive.seek(0)
    with path.with_suffix(".part").open("wb") as kept:
        while piece := archive.read(_CHUNK):
            kept.write(piece)
    path.with_suffix(".part").replace(path)


def _drop(public_id: str) -> None:
    path = brought_path(public_id)
    path.with_suffix(".part").unlink(missing_ok=True)
    path.unlink(missing_ok=True)


def _write(space: Space, manifest: Manifest, public_id: str, by: Person | None, with_people: bool) -> Restoration:
    origin = {
        "host": manifest.host,
        "space": manifest.space_id,
        "title": manifest.title,
        "address": manifest.address,
        "made_at": manifest.made_at,
        "bytes": manifest.size,
        "files": len(manifest.files),
    }
    try:
        with transaction.atomic():
            return Restoration.objects.create(
                public_id=public_id, space=space, state="waiting", asked_by=by, asked_at=clock.now(),
                size=brought_path(public_id).stat().st_size, origin=origin, with_people=with_people,
            )  # fmt: skip
    except IntegrityError:
        raise AlreadyRestoring from None


def begin_waiting(*, space_id: str) -> int:
    """Begin to put a bundle into a space that has opened for it, and return how many. Repeatable."""
    waiting = Restoration.objects.select_related("space__organisation").filter(
        space__public_id=space_id, space__state="open", state="waiting"
    )
    for row in waiting:
        _start(row)
    return len(waiting)


def _start(row: Restoration) -> None:
    procedures.start(
        kind=BRINGING_BACK,
        about_kind="restoration",
        about_id=row.public_id,
        organisation_id=row.space.organisation.public_id,
        title=full_title(row.space),
        started_by=row.asked_by.public_id if row.asked_by else "",
    )


def unpack_bundle(*, restoration: Restoration) -> int:
    """Unpack a bundle into a fresh folder, every byte verified, and return how many files (``RefusedOutside``). Repeatable."""
    folder = unpacked_folder(restoration.public_id)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    with brought_path(restoration.public_id).open("rb") as archive:
        return len(unpacking.unpack(archive, folder).files)


def mark_running(*, restoration: Restoration) -> Restoration:
    """Write that a bundle is being put into its space. Repeatable."""
    return _move(restoration, "running")


def finish_restoration(*, restoration: Restoration, people: dict[str, int]) -> Restoration:
    """Write that all of a bundle is there, tell who asked, and delete what is left of it. Repeatable."""
    with transaction.atomic():
        row = _locked(restoration)
        if row.state == "running":
            row = _move(row, "done", people=people, ended_at=clock.now())
            record("space.bundle_put_back", row.space, row.asked_by, origin=row.origin["host"])
            _tell(row)
    _clean(row)
    return row


def refuse_restoration(*, restoration: Restoration, code: str, about: str) -> Restoration:
    """Write that a bundle cannot be taken, tell who asked, and delete it; the space is as it was. Repeatable."""
    with transaction.atomic():
        row = _locked(restoration)
        if row.state in {"waiting", "running"}:
            row = _move(row, "refused", problem=code[:40], about=about[:300], ended_at=clock.now())
            record("space.bundle_refused", row.space, row.asked_by)
            _tell(row)
    _clean(row)
    return row


def give_up_restoration(*, restoration_id: str) -> None:
    """Write that somebody of the host gave a restoration up. Repeatable."""
    row = Restoration.objects.filter(public_id=restoration_id).first()
    if row is not None:
        refuse_restoration(restoration=row, code="given_up", about="")
        give_up_work(space=row.space, mark=row.public_id)


def give_up_waiting(*, space_id: str) -> None:
    """Refuse the bundles that wait for a space whose opening was given up: it never opens for them. Repeatable."""
    for row in Restoration.objects.filter(
        space__public_id=space_id, space__state__in=["closed", "deleted"], state="waiting"
    ):
        refuse_restoration(restoration=row, code="given_up", about="")


def _locked(restoration: Restoration) -> Restoration:
    rows = Restoration.objects.select_for_update(of=("self",))
    return rows.select_related("space__organisation", "space__service", "asked_by").get(pk=restoration.pk)


def _move(row: Restoration, to: str, **values: Any) -> Restoration:
    if row.state == to:
        return row
    states.RESTORATION.check(row.state, to)
    row.state = to
    for name, value in values.items():
        setattr(row, name, value)
    row.save(update_fields=["state", *values])
    return row


def _clean(row: Restoration) -> None:
    shutil.rmtree(unpacked_folder(row.public_id), ignore_errors=True)
    _drop(row.public_id)


def purge_brought() -> int:
    """Delete what an interrupted upload left, and what no restoration that is under way needs; return how many.

    For a day nothing is touched: somebody may be sending it.
    """
    limit = (clock.now() - timedelta(days=1)).timestamp()
    needed = set(Restoration.objects.filter(state__in=["waiting", "running"]).values_list("public_id", flat=True))
    old = [
        path for path in brought_path("x").parent.iterdir() if path.stat().st_mtime < limit and path.stem not in needed
    ]
    for path in old:
        shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
    return len(old)


def _tell(row: Restoration) -> None:
    asked = [row.asked_by] if row.asked_by and row.asked_by.is_active else referents_of(row.space.organisation)
    portal = host.current().portal_url
    for person in asked:
        mailing.send(
            name="spaces/restored",
            to=person.email,
            to_name=person.name,
            language=person.language,
            context={
                "name": person.name,
                "space": row.space,
                "restoration": row,
                "why": str(BundleRefused.of(row.problem, row.about)) if row.state == "refused" else "",
                "page_url": f"{portal}/spaces/{row.space.public_id}/",
            },
        )
