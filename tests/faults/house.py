# SPDX-License-Identifier: AGPL-3.0-or-later
"""A small house where a real procedure is about to run, arranged by the operations of everyone; called in children.

One request goes through: decided, agreed, opened. For an export, something is published and the export is asked; for a
deletion, the site is closed, its delay lived through, and two persons have confirmed.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from archipel.admissions import operations as admissions
from archipel.agreements import operations as agreements
from archipel.agreements.models import Agreement
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.organisations.models import Membership, Organisation
from archipel.outbox.worker import drain
from archipel.spaces import operations
from archipel.spaces.models import Space
from tests import factories

OPENING, EXPORT, DELETION = KINDS = ("spaces.open_website", "spaces.export", "spaces.delete")
FILES = {"index.html": b"<h1>Les Jardins</h1>", "about.html": b"<h1>Nous</h1>", "style.css": b"h1 { color: green }"}
# What a house keeps outside its database.
KEPT = ("websites", "blogs", "files", "demonstration-clock", "copies", "tmp")
STAFF = "yann@lescale.example"


def begin(*, kind: str) -> None:
    """Arrange, where no files of another one are left, a house whose worker has only this procedure ahead of it, and its consequences."""
    factories.host()
    before()
    until(kind)()


def before() -> None:
    """Arrange what all three begin with: a service, a person of the host."""
    staff = factories.host_person(email=STAFF, roles=["administrator"])
    other = factories.host_person(name="Maëlle Riou", email="maelle@lescale.example", roles=["reviewer"])
    service = factories.maintained(factories.website_service(), staff, other)
    factories.offer(service)
    factories.terms(service)


def until(kind: str) -> Callable[[], object]:
    """Return what brings a house to the beginning of a procedure."""
    return {OPENING: agree, EXPORT: ask_export, DELETION: confirm_deletion}[kind]


def agree(**typed: str) -> Agreement:
    """A request is received, accepted and agreed: the worker does the rest."""
    staff = Person.objects.get(email=STAFF)
    request = factories.received(factories.website_service(), typed)
    admissions.decide(request=request, decision="accept", by=staff, version=request.version)
    drain()
    agreement = Agreement.objects.get(about_id=request.public_id)
    return agreements.agree(agreement=agreement)


def opened(**typed: str) -> Space:
    """A site that was opened shows a first version."""
    agreement = agree(**typed)
    drain()
    space = Space.objects.get(agreement=agreement)
    operations.publish_zip(space=space, archive=factories.zip_of(FILES), person=referent(space.organisation))
    return space


def ask_export(**typed: str) -> Space:
    space = opened(**typed)
    operations.ask_export(space=space, by=referent(space.organisation))
    return space


def confirm_deletion(**typed: str) -> Space:
    space = opened(**typed)
    operations.close_space(space=space, by=referent(space.organisation))
    drain()
    clock.move_forward(timedelta(days=61))
    operations.confirm_deletion(space=space, by=referent(space.organisation))
    operations.confirm_deletion(space=space, by=Person.objects.get(email=STAFF))
    return space


def referent(organisation: Organisation) -> Person:
    return Membership.objects.select_related("person").get(organisation=organisation).person


def keep_files(source: Path, target: Path) -> None:
    """Make ``target`` hold what ``source`` holds of a house outside its database: once to keep it, once to go back."""
    target.mkdir(exist_ok=True)
    for name in KEPT:
        old, new = target / name, source / name
        if old.is_dir():
            shutil.rmtree(old)
        old.unlink(missing_ok=True)
        if new.is_dir():
            shutil.copytree(new, old)
        elif new.exists():
            shutil.copy2(new, old)
