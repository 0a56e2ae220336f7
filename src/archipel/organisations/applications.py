# SPDX-License-Identifier: AGPL-3.0-or-later
"""The applications of an organisation as its people read them: who enters each, with which role told there."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from archipel.design.icons import ICONS
from archipel.identity import queries as identity
from archipel.identity.models import Client, Entry, Person
from archipel.organisations.entering import open_accesses, own_roles, through
from archipel.organisations.models import Access, Membership, Organisation, PersonalAccess, Role
from archipel.organisations.queries import people_of
from archipel.organisations.rights import roles_for

A_PAGE = 20


@dataclass(frozen=True)
class ApplicationLine:
    """One application: ``roles`` are (label, word told; empty when the role does not enter), ``people`` how many enter."""

    access: Access
    url: str
    icon: str
    people: int
    roles: list[tuple[str, str]]


@dataclass(frozen=True)
class EntrantLine:
    """One person of the organisation at one application; ``own`` when what they enter with is theirs alone."""

    person: Person
    role: str
    told: str
    own: bool


@dataclass(frozen=True)
class OwnLine:
    """One application for one person: ``usual`` is what their role enters with, ``own`` their exception (None: none)."""

    access: Access
    usual: str
    own: str | None
    stay: str


def icon_of(name: str) -> str:
    """Return a drawing that exists; applications are named by whoever registers them."""
    return name if name in ICONS else "key"


def applications_of(organisation: Organisation) -> list[ApplicationLine]:
    """Return the applications an organisation enters, by name: two queries whatever their number."""
    accesses = open_accesses(organisation)
    count = Counter(_entries(organisation).values_list("client_id", flat=True)) if accesses else Counter()
    return [
        ApplicationLine(
            access=access,
            url=identity.client_url(access.client),
            icon=icon_of(access.client.icon),
            people=count[access.client_id],
            roles=words_by_role(access),
        )
        for access in sorted(accesses, key=lambda access: access.client.name)
    ]


def words_by_role(access: Access) -> list[tuple[str, str]]:
    """Return what the application is told of each role of the organisation."""
    return [(str(Role(role).label), access.roles.get(role, "")) for role in roles_for(access.organisation.kind)]


def entrants(access: Access, number: Any) -> Page[EntrantLine]:
    """Return a page of the organisation's people, leading ones first, with what each enters with; nothing: does not."""
    told = dict(_entries(access.organisation).filter(client=access.client).values_list("person_id", "roles"))
    own = own_roles([access])[access.pk]
    people: dict[int, list[Membership]] = {}
    for role in people_of(access.organisation):
        people.setdefault(role.person_id, []).append(role)
    lines = [
        EntrantLine(
            person=roles[0].person,
            role=", ".join(str(role.get_role_display()) for role in roles),
            told=", ".join(told.get(key, [])),
            own=key in own,
        )
        for key, roles in people.items()
    ]
    return Paginator(lines, A_PAGE).get_page(number)


def own_lines(organisation: Organisation, person: Person, roles: list[str]) -> list[OwnLine]:
    """Return every application of an organisation as one of its people enters it."""
    accesses = open_accesses(organisation)
    exceptions = dict(
        PersonalAccess.objects.filter(access__in=accesses, person=person).values_list("access_id", "role")
    )
    return [
        OwnLine(
            access=access,
            usual=", ".join(sorted({access.roles[role] for role in roles if role in access.roles})),
            own=exceptions.get(access.pk),
            stay=stay_in(access.client),
        )
        for access in sorted(accesses, key=lambda access: access.client.name)
    ]


def stay_in(client: Client) -> str:
    """Return how long a session already open may last where an application cannot be told to end it; else nothing."""
    if client.backchannel_logout_uri:
        return ""
    minutes = identity.remaining_minutes(client)
    if minutes is None:
        return _("as long as the application itself keeps it")
    return ngettext("up to %(minutes)d minute", "up to %(minutes)d minutes", minutes) % {"minutes": minutes}


def lingering(organisation: Organisation, person: Person) -> list[tuple[str, str]]:
    """Return the applications where a person may stay signed in after this organisation removes them, and how long.

    Where they enter through something else as well, they stay anyway and are not told of here.
    """
    entries = list(Entry.objects.select_related("client").filter(person=person))
    other = {entry.client_id for entry in entries if entry.through != through(organisation)}
    mine = [entry.client for entry in entries if entry.client_id not in other]
    found = [(client.name, stay_in(client)) for client in mine]
    return sorted((name, stay) for name, stay in found if stay)


def stay_in_words(stays: list[tuple[str, str]]) -> str:
    """Return one sentence that says where, and how long, a session may still be open."""
    listed = ", ".join(f"{name} ({stay})" for name, stay in stays)
    return _("Whoever is signed in there may stay for a while: %(applications)s.") % {"applications": listed}


def _entries(organisation: Organisation) -> QuerySet[Entry]:
    return Entry.objects.filter(through=through(organisation))
