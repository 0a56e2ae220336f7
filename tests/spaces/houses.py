# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two hosts that know nothing of one another: each with its own database, keys and files. Called in children."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from archipel.identity.models import Entry, Person
from archipel.kernel import clock
from archipel.organisations.models import Invitation, Membership, Organisation
from archipel.outbox.worker import drain
from archipel.spaces import operations
from archipel.spaces.files import export_path
from archipel.spaces.models import AwaitedRole, Publication, Restoration, Space
from archipel.spaces.wiring import connector_named, connector_of
from tests import factories
from tests.faults.house import STAFF

FIRST = {"index.html": b"<h1>Un</h1>"}
SECOND = {"index.html": b"<h1>Deux</h1>", "images/\u00e9t\u00e9.txt": b"sable", "vide.txt": b""}


def _organisation(name: str) -> Organisation:
    denise, bastien = (
        factories.person("Denise", "denise@jardins.example"),
        factories.person("Bastien", "bastien@jardins.example"),
    )
    return factories.organisation(name, referent=denise, members=[bastien])


def take_away(*, kind: str, target: str) -> dict[str, Any]:
    """Open a space at the first host, fill it, and fetch its bundle; return what is in it."""
    factories.host(name="L’Escale", sites_domain="escale.example")
    where = _organisation("Les Jardins")
    if kind == "blogs":
        space = factories.open_blog(where, "jardins")
        bastien = Person.objects.get(email="bastien@jardins.example")
        operations.change_space_role(space=space, person=bastien, role="author", by=None)
        blogs: Any = connector_named("blogs")
        blogs.write(space.public_id, "Voir https://jardins.escale.example/un")
    else:
        space = factories.open_site(where, "jardins")
        denise = Person.objects.get(email="denise@jardins.example")
        for files in (FIRST, SECOND):
            operations.publish_zip(space=space, archive=factories.zip_of(files), person=denise)
    export = operations.ask_export(space=space)
    drain()
    shutil.copyfile(export_path(export), target)
    return {"id": space.public_id, "people": Person.objects.count(), "held": _held(space)}


def bring_back(*, kind: str, source: str) -> dict[str, Any]:
    """Open a space at the second host from the bundle; Bastien has an account there, Denise has none."""
    factories.host(name="Le Goulet", sites_domain="goulet.example")
    staff = factories.host_person(email=STAFF, roles=["administrator"])
    factories.person("Bastien Le Goff", "bastien@jardins.example")
    service = factories.blog_service() if kind == "blogs" else factories.website_service()
    where = factories.organisation(
        "Les Jardins du Ponant", referent=factories.person("Camille", "camille@jardins.example")
    )
    with Path(source).open("rb") as archive:
        operations.open_from_bundle(
            organisation=where, service=service, title="", label="ponant", quota_bytes=None, archive=archive, by=staff
        )
    for _pause in range(3):
        drain(raise_errors=False)
        clock.move_forward(timedelta(minutes=1))
    row = Restoration.objects.select_related("space").get()
    space = row.space
    members = Membership.objects.filter(organisation=where, ended_at=None).select_related("person")
    return {
        "id": space.public_id,
        "state": [row.state, space.state],
        "title": space.title,
        "address": space.address.name,
        "held": _held(space),
        "roles": {member.person.name: member.role for member in members},
        "invited": {one.email: one.role for one in Invitation.objects.filter(organisation=where)},
        "entries": {entry.person.name: entry.roles for entry in Entry.objects.select_related("person")},
        "awaited": {one.email: one.role for one in AwaitedRole.objects.all()},
        "versions": sorted(Publication.objects.filter(space=space).values_list("number", "state")),
    }


def _held(space: Space) -> Any:
    connector: Any = connector_of(space)
    if space.connector == "blogs":
        return connector.posts(space.public_id)
    with TemporaryDirectory() as folder:
        files = connector.export(space.public_id, Path(folder))
    # The name of an earlier version is its host's own.
    plain = [
        ("earlier/" + file.path.split("/", 2)[2] if file.path.startswith("earlier/") else file.path, file.sha256)
        for file in files
    ]
    return sorted([path, sha256] for path, sha256 in plain if path != "archipel-website.json")
