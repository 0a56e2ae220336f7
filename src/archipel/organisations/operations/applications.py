# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which applications an organisation enters, and which of its people with which role there."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.history import operations as history
from archipel.identity import operations as identity
from archipel.identity.models import Client, Entry, Person
from archipel.kernel import clock
from archipel.kernel.refusals import Invalid, Refusal
from archipel.organisations.entering import THROUGH, rewrite_entries
from archipel.organisations.models import Access, Membership, Organisation, PersonalAccess
from archipel.organisations.operations.roles import NotOneOfThem, RoleDoesNotFit
from archipel.organisations.rights import roles_for

MOST_KNOWN_ROLES = 12
# What a claim can carry and a configuration file can be told: no space, no sign that some format reads as its own.
_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,39}")


class AlreadyEnters(Refusal):
    """The organisation has the application already."""

    code = "already_enters"
    message = _("The organisation enters this application already.")


class AccessOver(Refusal):
    """The host took the application back in the meantime."""

    code = "access_over"
    message = _("The organisation no longer enters this application.")


class InvalidKnownRoles(Invalid):
    """Roles of an application are short words, a few of them, each once."""

    code = "invalid_known_roles"
    message = _("Write one to twelve short words without spaces, separated by commas. Example: reader, editor, admin")


class RoleNotKnown(Invalid):
    """The application does not understand this role."""

    code = "role_not_known"
    message = _("Choose one of the roles that the application knows.")


def open_application(
    *, organisation: Organisation, client: Client, known_roles: Sequence[str] = (), by: Person | None
) -> Access:
    """Let the people of an organisation enter a client (``ApplicationClosed``, ``AlreadyEnters``, ``InvalidKnownRoles``).

    ``known_roles``: the words the application understands, the most modest first; none: those of the organisation.
    Every role enters, told by its own name where the application knows it, else by the most modest word.
    """
    words = _clean_known(known_roles) or list(reversed(roles_for(organisation.kind)))
    with transaction.atomic():
        organisation = _locked(organisation)
        if Client.objects.filter(pk=client.pk, closed_at__isnull=False).exists():
            raise identity.ApplicationClosed
        if Access.objects.filter(organisation=organisation, client=client, closed_at=None).exists():
            raise AlreadyEnters(field="client")
        access = Access.objects.create(
            organisation=organisation,
            client=client,
            known_roles=words,
            roles={role: role if role in words else words[0] for role in roles_for(organisation.kind)},
            opened_at=clock.now(),
        )
        rewrite_entries(organisation)
        _record("organisations.access_opened", access, by)
    return access


def change_access(*, access: Access, roles: Mapping[str, str], by: Person | None) -> Access:
    """Say which roles of the organisation enter, told by which word; a role left out or told nothing does not enter.

    ``AccessOver``, ``RoleDoesNotFit``, ``RoleNotKnown``. Nothing is written when nothing differs.
    """
    with transaction.atomic():
        access = _locked_access(access)
        given = {role: word for role, word in roles.items() if word}
        if set(given) - set(roles_for(access.organisation.kind)):
            raise RoleDoesNotFit
        for role, word in given.items():
            if word not in access.known_roles:
                raise RoleNotKnown(field=role)
        if given != access.roles:
            access.roles = given
            access.save(update_fields=["roles"])
            rewrite_entries(access.organisation)
            _record("organisations.access_changed", access, by, roles=given)
    return access


def change_personal_access(*, access: Access, person: Person, role: str | None, by: Person | None) -> Access:
    """Say what one person enters with whatever their role: a word, ``""`` for not at all, None for as their role says.

    ``AccessOver``, ``NotOneOfThem``, ``RoleNotKnown``. Nothing is written when nothing differs.
    """
    with transaction.atomic():
        access = _locked_access(access)
        if role and role not in access.known_roles:
            raise RoleNotKnown(field="role")
        belongs = Membership.objects.filter(organisation=access.organisation, person=person, ended_at=None)
        if not belongs.exists():
            raise NotOneOfThem
        own = PersonalAccess.objects.filter(access=access, person=person)
        if list(own.values_list("role", flat=True)) == ([] if role is None else [role]):
            return access
        own.delete()
        if role is not None:
            PersonalAccess.objects.create(access=access, person=person, role=role)
        rewrite_entries(access.organisation, person)
        history.record(
            what=f"organisations.personal_access.{'none' if role == '' else 'role' if role else 'usual'}",
            about=("person", person.public_id, person.name),
            organisation_id=access.organisation.public_id,
            actor=by,
            application=access.client.name,
            role=role or "",
        )
    return access


def close_access(*, access: Access, by: Person | None) -> Access:
    """Take a client back from an organisation: nobody enters it through it any more (``AccessOver``)."""
    with transaction.atomic():
        access = _locked_access(access)
        access.closed_at = clock.now()
        access.save(update_fields=["closed_at"])
        PersonalAccess.objects.filter(access=access).delete()
        rewrite_entries(access.organisation)
        _record("organisations.access_closed", access, by)
    return access


def repair_entries() -> int:
    """Compare the entries given through organisations with their roles and accesses, and correct what differs.

    Returns how many entries differed; each organisation is a transaction of its own and gets a line of history.
    Repeatable.
    """
    ways = Entry.objects.filter(through__startswith=THROUGH).values_list("through", flat=True).distinct()
    named = {way.partition(":")[2]: way for way in ways}
    keys = set(Access.objects.filter(closed_at=None).values_list("organisation_id", flat=True))
    for public_id, key in Organisation.objects.filter(public_id__in=list(named)).values_list("public_id", "pk"):
        del named[public_id]
        keys.add(key)
    orphans = sum(identity.end_entries_through(through=way) for way in named.values())
    return orphans + sum(_repair(key) for key in sorted(keys))


def _repair(key: int) -> int:
    with transaction.atomic():
        organisation = Organisation.objects.select_for_update().get(pk=key)
        count = rewrite_entries(organisation)
        if count:
            history.record(
                what="organisations.entries_repaired",
                about=("organisation", organisation.public_id, organisation.name),
                organisation_id=organisation.public_id,
                count=count,
            )
    return count


def _clean_known(words: Sequence[str]) -> list[str]:
    known = list(dict.fromkeys(word.strip() for word in words if word.strip()))
    if len(known) > MOST_KNOWN_ROLES or not all(_WORD.fullmatch(word) for word in known):
        raise InvalidKnownRoles(field="known_roles")
    return known


def _locked(organisation: Organisation) -> Organisation:
    # The organisation's row is the lock of its roles, and of what follows from them.
    return Organisation.objects.select_for_update().get(pk=organisation.pk)


def _locked_access(access: Access) -> Access:
    organisation = _locked(access.organisation)
    found = Access.objects.select_related("client", "organisation").get(pk=access.pk)
    if found.closed_at or found.organisation_id != organisation.pk:
        raise AccessOver
    return found


def _record(what: str, access: Access, by: Person | None, **details: Any) -> None:
    history.record(
        what=what,
        about=("application", access.client.public_id, access.client.name),
        organisation_id=access.organisation.public_id,
        actor=by,
        **details,
    )
