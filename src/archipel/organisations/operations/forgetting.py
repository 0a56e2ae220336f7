# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import Q

from archipel.history import operations as history
from archipel.identity import queries as identity
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.organisations.access import forget_roles_held
from archipel.organisations.entering import follow_roles
from archipel.organisations.events import RoleEnded
from archipel.organisations.models import (
    Batch,
    DeclaredService,
    DomainMailbox,
    Invitation,
    Membership,
    Organisation,
    Redirection,
    SecondFactorReset,
)
from archipel.organisations.operations.roles import LastReferent
from archipel.organisations.rights import leading_role
from archipel.outbox import operations as outbox

DEAD_INVITATIONS_KEPT = timedelta(days=90)
USED_INVITATIONS_KEPT = timedelta(days=365)
# Notes of calls: kept as long as somebody may ask why an account was opened.
RESETS_KEPT = timedelta(days=365)


def forget_in_organisations(*, person: Person, pseudonym: str) -> None:
    """End every role of a person and forget their invitations (``LastReferent`` with the names of those they lead).

    An organisation that is the person alone loses its name with them.
    """
    with transaction.atomic():
        rows = list(Membership.objects.select_related("organisation").filter(person=person, ended_at=None))
        led_alone = [row.organisation for row in rows if _leads_alone(row)]
        shared = [organisation for organisation in led_alone if organisation.kind != "individual"]
        if shared:
            raise LastReferent(organisations=[organisation.name for organisation in shared])
        now = clock.now()
        for row in rows:
            row.ended_at = now
            row.save(update_fields=["ended_at"])
            outbox.announce(
                RoleEnded(organisation_id=row.organisation.public_id, person_id=person.public_id, role=row.role)
            )
            follow_roles(row.organisation, person)
        for organisation in led_alone:
            _forget_individual(organisation, pseudonym)
        _forget_invitations(person)
        SecondFactorReset.objects.filter(person=person).delete()
        _forget_mail(person)
    forget_roles_held(person)


def purge(*, limit: int = 500) -> int:
    """Delete invitations and resets that are over since long, and the roles of people whose pseudonym goes; return how many."""
    now = clock.now()
    dead = Q(accepted_at=None, expires_at__lt=now - DEAD_INVITATIONS_KEPT) | Q(
        withdrawn_at__lt=now - DEAD_INVITATIONS_KEPT
    )
    used = Q(accepted_at__lt=now - USED_INVITATIONS_KEPT)
    due = Person.objects.filter(forgotten_at__isnull=False, purge_on__lte=clock.today()).values("pk")
    theirs = Q(invited_by__in=due) | Q(accepted_by__in=due)
    keys = list(Invitation.objects.filter(dead | used).values_list("pk", flat=True)[:limit])
    with transaction.atomic():
        gone, _rows = Invitation.objects.filter(pk__in=keys).delete()
        Invitation.objects.filter(theirs, invited_by__in=due).update(invited_by=None)
        Invitation.objects.filter(theirs, accepted_by__in=due).update(accepted_by=None)
        roles, _rows = Membership.objects.filter(person__in=due, ended_at__isnull=False).delete()
        DeclaredService.objects.filter(confirmed_by__in=due).update(confirmed_by=None)
        SecondFactorReset.objects.filter(asked_by__in=due).update(asked_by=None)
        SecondFactorReset.objects.filter(confirmed_by__in=due).update(confirmed_by=None)
        resets, _rows = SecondFactorReset.objects.filter(ended_at__lt=now - RESETS_KEPT).delete()
    return gone + roles + resets


def _leads_alone(row: Membership) -> bool:
    if row.role != leading_role(row.organisation.kind):
        return False
    # The organisation's row is the lock: two referents must not leave at the same moment.
    Organisation.objects.select_for_update().get(pk=row.organisation_id)
    same = Membership.objects.filter(organisation=row.organisation, role=row.role, ended_at=None)
    return not same.filter(person__is_active=True).exclude(pk=row.pk).exists()


def _forget_individual(organisation: Organisation, pseudonym: str) -> None:
    history.pseudonymise(
        public_id="", pseudonym=pseudonym, words=[organisation.name], organisation_id=organisation.public_id
    )
    organisation.name, organisation.town, organisation.town_text = pseudonym, None, ""
    organisation.rna = organisation.siren = ""
    organisation.fields_of_action, organisation.founded_year = [], None
    DeclaredService.objects.filter(organisation=organisation).delete()
    organisation.save()


def _forget_mail(person: Person) -> None:
    """A mailbox of an organisation stays its own, without the person; nothing is sent on to their addresses any more."""
    addresses = [*identity.confirmed_addresses_of(person), person.email]
    DomainMailbox.objects.filter(person=person).update(person=None, name="")
    Redirection.objects.filter(destination__in=addresses).delete()
    Batch.objects.filter(started_by=person).update(started_by=None)


def _forget_invitations(person: Person) -> None:
    addresses = [*identity.confirmed_addresses_of(person), person.email]
    Invitation.objects.filter(email__in=addresses, accepted_at=None).delete()
    Invitation.objects.filter(Q(email__in=addresses) | Q(accepted_by=person)).update(
        email=f"{person.public_id}@forgotten.invalid", name=""
    )
