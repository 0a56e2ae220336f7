# SPDX-License-Identifier: AGPL-3.0-or-later
"""The only way a space and what belongs to it reach a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

from django.db.models import Q

from archipel.identity.models import Client, Entry, Person, SignIn
from archipel.identity.subjects import subject_of
from archipel.kernel.refusals import NotAllowed, NotFound
from archipel.machines import access as machines
from archipel.machines.models import Machine
from archipel.organisations import access as organisations
from archipel.organisations.models import Membership
from archipel.spaces.files import is_there
from archipel.spaces.models import (
    Backup,
    Domain,
    Drill,
    Export,
    HandStep,
    Hold,
    Publication,
    Report,
    Restoration,
    Space,
    SpaceDrift,
    Upgrade,
    UpgradeRound,
)
from archipel.spaces.rights import may, may_confirm, may_hold

T = TypeVar("T")


@dataclass(frozen=True)
class AskedBy:
    """Who asks what somebody may do: a person, or the application of a space (with whose token, where it is somebody's)."""

    client: Client | None
    person: Person | None


def space_of(person: Person, public_id: str, verb: str = "read") -> Space:
    """Return a space that the person may do ``verb`` with: a right of the organisation, or of the desk.

    ``NotFound`` for a stranger, ``NotAllowed`` when the person may see the space but not do this.
    """
    space = Space.objects.select_related("organisation", "service", "address").filter(public_id=public_id).first()
    if space is None or not may(person, space, "read"):
        raise NotFound
    if not may(person, space, verb):
        raise NotAllowed
    return space


def container_of(person: Person, public_id: str) -> Space:
    """Return a space that runs in containers, to a person of the host."""
    space = space_of(person, public_id)
    if not space.version:
        raise NotFound
    return space


def upgrade_of(person: Person, space_id: str, upgrade_id: str) -> Upgrade:
    """Return an upgrade of a space, to a person of the host."""
    space = container_of(person, space_id)
    return _first(Upgrade.objects.select_related("space").filter(public_id=upgrade_id, space=space).first())


def drift_of(person: Person, space_id: str) -> SpaceDrift:
    """Return the difference of a space that waits for a human (``NotFound`` when there is none any more)."""
    space = container_of(person, space_id)
    rows = SpaceDrift.objects.select_related("space__organisation", "space__machine")
    return _first(rows.filter(space=space).first())


def machine_to_move_to(public_id: str) -> Machine | None:
    """Return a machine by its id; None when none was chosen."""
    return _first(Machine.objects.filter(public_id=public_id).first()) if public_id else None


def machine_of(person: Person, public_id: str) -> Machine:
    """Return a machine to who operates the host (``NotFound`` for others)."""
    return machines.machine_of(person, public_id)


def round_of(public_id: str) -> UpgradeRound:
    """Return a round of upgrades, to a person of the host."""
    return _first(UpgradeRound.objects.select_related("service").filter(public_id=public_id).first())


def restoration_of(person: Person, space_id: str, restoration_id: str) -> Restoration:
    """Return a bundle that was brought back, to who may replace what the space holds."""
    space = space_of(person, space_id, "close")
    return _first(Restoration.objects.filter(public_id=restoration_id, space=space).first())


def asked_about(asked: AskedBy, space_id: str, person_id: str) -> tuple[Space, Person | None]:
    """Return the space and the person an entitlement is asked about; None for one who is nobody there.

    A person asks about themselves, and about others of an organisation they look after. An application asks about its
    own space and its own people, by the subject it knows them by; with somebody's token about them alone.
    """
    if asked.client is None:
        assert asked.person is not None
        return _asked_by_person(asked.person, space_id, person_id)
    space = _first(Space.objects.select_related("organisation").filter(client=asked.client).first())
    if space_id not in ("", space.public_id):
        raise NotFound
    known = {subject_of(asked.client, one): one for one in _people_of(asked.client)}
    if asked.person is not None:
        known = {subject_of(asked.client, asked.person): asked.person}
    if not person_id:
        return space, asked.person
    return space, known.get(person_id)


def _asked_by_person(me: Person, space_id: str, person_id: str) -> tuple[Space, Person | None]:
    space = space_of(me, space_id)
    if person_id in ("", me.public_id):
        return space, me
    if not may(me, space, "remove"):
        raise NotAllowed
    rows = Membership.objects.select_related("person").filter(organisation=space.organisation, ended_at=None)
    row = rows.filter(person__public_id=person_id).first()
    return space, row.person if row else None


def _people_of(client: Client) -> list[Person]:
    """Return who is known to an application: who may enter it, and who signed in to it once."""
    entered = Entry.objects.filter(client=client).values("person")
    signed_in = SignIn.objects.filter(client=client).values("person")
    return list(Person.objects.filter(Q(pk__in=entered) | Q(pk__in=signed_in)))


def may_operate(person: Person) -> bool:
    """Return whether a person of the host looks after what runs."""
    return organisations.desk_may(person, "operate")


def person_in_space(person: Person, space_id: str, person_id: str) -> tuple[Space, Person]:
    """Return a space and one of its organisation's people, to a person who may say what they enter with."""
    space = space_of(person, space_id, "remove")
    rows = Membership.objects.select_related("person").filter(organisation=space.organisation, ended_at=None)
    return space, _first(rows.filter(person__public_id=person_id).first()).person


def space_to_hold(person: Person, public_id: str, kind: str) -> Space:
    """Return a space on which the person may place a hold of this kind: one's own wish by the referent, others by the desk."""
    space = space_of(person, public_id)
    if not may_hold(person, space, kind):
        raise NotAllowed
    return space


def hold_of(person: Person, space_id: str, hold_id: str) -> Hold:
    """Return a hold that the person may lift."""
    space = space_of(person, space_id)
    hold = Hold.objects.select_related("space", "space__organisation").filter(public_id=hold_id, space=space).first()
    if hold is None:
        raise NotFound
    if not may_hold(person, space, hold.kind):
        raise NotAllowed
    return hold


def hand_step_of(person: Person, space_id: str, step_id: str) -> HandStep:
    """Return a step that a person of the host does by hand."""
    space = space_of(person, space_id)
    step = (
        HandStep.objects.select_related("space", "space__organisation").filter(public_id=step_id, space=space).first()
    )
    if step is None:
        raise NotFound
    organisations.require_desk(person, "write")
    return step


def space_to_delete(person: Person, public_id: str) -> Space:
    """Return a space to one of the two who may confirm its deletion."""
    space = space_of(person, public_id)
    if not may_confirm(person, space):
        raise NotAllowed
    return space


def domain_of(person: Person, space_id: str, domain_id: str) -> Domain:
    """Return a name of a space to who may change the names of that space."""
    space = space_of(person, space_id, "close")
    rows = Domain.objects.select_related("space", "space__organisation").exclude(state="removed")
    return _first(rows.filter(public_id=domain_id, space=space).first())


def domain_at_desk(person: Person, space_id: str, domain_id: str) -> Domain:
    """Return a name of a space to who operates this host."""
    if not organisations.desk_may(person, "operate"):
        raise NotFound
    rows = Domain.objects.select_related("space", "space__organisation").exclude(state="removed")
    return _first(rows.filter(public_id=domain_id, space__public_id=space_id).first())


def upload_of(person: Person, space_id: str, upload_id: str) -> Publication:
    """Return a folder upload under way that this very person began."""
    space = space_of(person, space_id, "publish")
    upload = Publication.objects.select_related("space", "space__organisation").filter(
        public_id=upload_id, space=space, means="folder", person=person
    )
    return _first(upload.first())


def version_of(person: Person, space_id: str, version_id: str) -> Publication:
    """Return a version that the person may put online again."""
    space = space_of(person, space_id, "publish")
    version = Publication.objects.select_related("space", "space__organisation").filter(
        public_id=version_id, space=space, number__isnull=False
    )
    return _first(version.first())


def export_of(person: Person, space_id: str, export_id: str) -> Export:
    """Return an export that the person may fetch."""
    space = space_of(person, space_id, "export")
    return _first(Export.objects.select_related("space").filter(public_id=export_id, space=space).first())


def backup_of(person: Person, space_id: str, backup_id: str) -> Backup:
    """Return a copy of a space that is still kept, to a person of the host."""
    space = space_of(person, space_id)
    rows = Backup.objects.select_related("space__organisation", "space__service", "place__site")
    return _first(rows.filter(public_id=backup_id, space=space, dropped_at=None).exclude(copy_id="").first())


def drill_of(person: Person, space_id: str, drill_id: str) -> Drill:
    """Return a drill of a copy of a space, to a person of the host."""
    space = space_of(person, space_id)
    rows = Drill.objects.select_related("backup__space", "backup__place")
    return _first(rows.filter(public_id=drill_id, backup__space=space).first())


def statement_of(person: Person, space_id: str, report_id: str) -> Report:
    """Return a decided report for the organisation it concerns; who reported is not theirs to know."""
    space = space_of(person, space_id)
    return _first(
        Report.objects.defer("reporter_name", "reporter_email")
        .filter(public_id=report_id, space=space)
        .exclude(decision="")
        .first()
    )


def fetchable_export_of(person: Person, space_id: str, export_id: str) -> Export:
    """Return an export whose file is there and not past its date."""
    export = export_of(person, space_id, export_id)
    if not is_there(export):
        raise NotFound
    return export


def report_of(person: Person, report_id: str) -> Report:
    """Return a notice to a person of the host who decides on them."""
    if not organisations.desk_may(person, "report"):
        raise NotFound
    rows = Report.objects.select_related(
        "space", "space__organisation", "space__service", "space__address", "decided_by"
    )
    return _first(rows.filter(public_id=report_id).first())


def _first(row: T | None) -> T:
    if row is None:
        raise NotFound
    return row
