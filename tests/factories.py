# SPDX-License-Identifier: AGPL-3.0-or-later
"""The minimum of each thing, written straight into the tables: tests of operations do not depend on other operations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from allauth.account.models import EmailAddress

from archipel.host import queries as host_queries
from archipel.host.models import Host
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.organisations.models import Membership, Organisation

PASSPHRASE = "quatre bateaux bleus au port"


def host(**changes: Any) -> Host:
    values = {
        "name": "L’Escale",
        "postal_address": "12, quai des Sternes\n29900 Concarneau",
        "contact_address": "bonjour@lescale.example",
        "portal_url": "http://testserver",
        "sites_domain": "pages.example",
        "languages": ["fr", "en"],
        "sender_name": "L’Escale",
        "sender_address": "bonjour@lescale.example",
        "set_up_at": clock.now(),
    } | changes
    row, _ = Host.objects.update_or_create(pk=1, defaults=values)
    host_queries.forget_remembered()
    return row


def person(name: str = "Dominique Roux", email: str = "dominique@example.org", **changes: Any) -> Person:
    row = Person(name=name, email=email, created_at=clock.now(), **changes)
    row.set_password(PASSPHRASE)
    row.save()
    EmailAddress.objects.create(user=row, email=email, verified=True, primary=True)
    return row


def organisation(
    name: str = "Le Lavoir", referent: Person | None = None, members: Sequence[Person] = (), **changes: Any
) -> Organisation:
    row = Organisation.objects.create(name=name, created_at=clock.now(), **{"kind": "collective", **changes})
    if referent:
        role(row, referent, "referent")
    for member in members:
        role(row, member, "member")
    return row


def role(where: Organisation, who: Person, what: str) -> Membership:
    return Membership.objects.create(organisation=where, person=who, role=what, since=clock.now())


def host_organisation() -> Organisation:
    return Organisation.objects.filter(kind="host").first() or organisation(name="L’Escale", kind="host")


def host_person(name: str = "Yann Le Goff", email: str = "yann@lescale.example", roles: Sequence[str] = ()) -> Person:
    row = person(name=name, email=email)
    for what in roles:
        role(host_organisation(), row, what)
    return row
