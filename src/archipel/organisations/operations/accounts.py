# SPDX-License-Identifier: AGPL-3.0-or-later
"""Close the account of a person with all it enters, and open it again. Roles stay: they count again when it opens."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.identity import operations as identity
from archipel.identity.models import Person
from archipel.kernel.refusals import Refusal
from archipel.organisations.access import forget_roles_held
from archipel.organisations.entering import rewrite_entries
from archipel.organisations.models import Membership, Organisation, Role
from archipel.organisations.operations.roles import LastReferent


class OwnAccount(Refusal):
    """Who closed their own account could not open it again."""

    code = "own_account"
    message = _("You cannot close your own account: ask another person of the host.")


def close_account(*, person: Person, reason: str, by: Person) -> Person:
    """Close an account and end what it enters, at once; see ``identity.close_person`` for the rest.

    (``OwnAccount``; ``LastReferent`` for the only administrator of the host.) Repeatable.
    """
    if person.pk == by.pk:
        raise OwnAccount
    with transaction.atomic():
        organisations = _locked_places(person)
        for organisation in organisations:
            if organisation.kind == "host" and not _another_administrator(organisation, person):
                raise LastReferent
        closed = identity.close_person(person=person, reason=reason, by=by)
        _entries_follow(organisations, closed)
    return closed


def reopen_account(*, person: Person, by: Person) -> Person:
    """Open an account again and let it enter what its roles say. Repeatable."""
    with transaction.atomic():
        organisations = _locked_places(person)
        opened = identity.reopen_person(person=person, by=by)
        _entries_follow(organisations, opened)
    return opened


def _locked_places(person: Person) -> list[Organisation]:
    places = Membership.objects.filter(person=person, ended_at=None).values("organisation")
    return list(Organisation.objects.select_for_update().filter(pk__in=places).order_by("pk"))


def _another_administrator(host: Organisation, person: Person) -> bool:
    rows = Membership.objects.filter(organisation=host, role=Role.ADMINISTRATOR, ended_at=None)
    if not rows.filter(person=person).exists():
        return True
    return rows.filter(person__is_active=True).exclude(person=person).exists()


def _entries_follow(organisations: list[Organisation], person: Person) -> None:
    for organisation in organisations:
        rewrite_entries(organisation, person)
    forget_roles_held(person)
