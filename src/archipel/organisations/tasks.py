# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import time, timedelta

from django.utils.translation import gettext_lazy as _

from archipel.identity import operations as identity
from archipel.identity.queries import signs_in_elsewhere
from archipel.organisations import operations
from archipel.organisations.events import OrganisationsMerged, RoleEnded, RoleGiven
from archipel.outbox.facts import on
from archipel.outbox.labels import label
from archipel.outbox.periodic import periodic


# Before ``identity.purge``: a pseudonym can only go once no role points to it.
@periodic("organisations.purge", daily=time(3, 45))
def purge() -> None:
    operations.purge()


label("archipel.organisations.tasks.purge", _("Delete old invitations and the roles of people who were forgotten"))


@periodic("organisations.role_ends", daily=time(0, 10))
def end_due_roles() -> None:
    operations.end_due_roles()


label("archipel.organisations.tasks.end_due_roles", _("End the roles whose last day is over"))


@periodic("organisations.entries", daily=time(3, 20))
def repair_entries() -> None:
    operations.repair_entries()


label("archipel.organisations.tasks.repair_entries", _("Compare who enters the applications with the roles"))


@periodic("organisations.resets", every=timedelta(minutes=5))
def perform_due_resets() -> None:
    operations.perform_due_resets()


label("archipel.organisations.tasks.perform_due_resets", _("Reset second factors whose notice is over"))


@periodic("organisations.purge_imports", daily=time(3, 40))
def purge_imports() -> None:
    operations.purge_batches()


label("archipel.organisations.tasks.purge_imports", _("Delete what old imports hold on people"))


@on(RoleGiven, when=signs_in_elsewhere)
def push_group_of(fact: RoleGiven) -> None:
    identity.push(kind="person", object_id=fact.person_id)


@on(RoleEnded, when=signs_in_elsewhere)
def push_group_left(fact: RoleEnded) -> None:
    identity.push(kind="person", object_id=fact.person_id)


@on(OrganisationsMerged, when=signs_in_elsewhere)
def push_group_absorbed(fact: OrganisationsMerged) -> None:
    identity.push(kind="group", object_id=fact.absorbed)


for _name in ("push_group_of", "push_group_left"):
    label(f"archipel.organisations.tasks.{_name}", _("Tell Keycloak which groups a person is in"))
label("archipel.organisations.tasks.push_group_absorbed", _("Take the group of a merged organisation out of Keycloak"))
