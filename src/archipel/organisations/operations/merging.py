# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.history import operations as history
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import Refusal
from archipel.organisations import merging
from archipel.organisations.entering import rewrite_entries
from archipel.organisations.events import OrganisationsMerged, RoleEnded, RoleGiven
from archipel.organisations.models import (
    Access,
    DeclaredService,
    FormerReference,
    Invitation,
    MailDomain,
    Membership,
    Organisation,
    PersonalAccess,
    SecondFactorReset,
)
from archipel.organisations.rights import strength
from archipel.organisations.states import RESET, UNDER_WAY
from archipel.outbox import operations as outbox

# What the kept organisation does not know is learnt from the other one; what both know stays as the kept one says it.
LEARNT = ("rna", "siren", "founded_year", "town", "town_text", "member_since", "member_until")


class CannotMerge(Refusal):
    """The same organisation twice, one that is gone already, or the host."""

    code = "cannot_merge"
    message = _("Choose two different organisations that are both still here. The host's own cannot be merged.")


def merge_organisations(*, kept: Organisation, absorbed: Organisation, by: Person | None) -> Organisation:
    """Make one organisation of two: people, invitations and everything the apps above hold go to ``kept``.

    Who has a role in both keeps the stronger one. (``CannotMerge``.)
    """
    with transaction.atomic():
        rows = Organisation.objects.select_for_update().filter(pk__in=[kept.pk, absorbed.pk]).order_by("pk")
        locked = {row.pk: row for row in rows}
        check_mergeable(rows=list(locked.values()))
        kept, absorbed = locked[kept.pk], locked[absorbed.pk]
        absorbed.merged_into = kept
        absorbed.save()
        _learn(kept, absorbed)
        _move_roles(kept, absorbed)
        _move_invitations(kept, absorbed)
        _move_accesses(kept, absorbed)
        _move_resets(kept, absorbed)
        MailDomain.objects.filter(organisation=absorbed).update(organisation=kept)
        FormerReference.objects.filter(organisation=absorbed).update(organisation=kept)
        DeclaredService.objects.filter(organisation=absorbed).update(organisation=kept)
        Organisation.objects.filter(merged_into=absorbed).update(merged_into=kept)
        merging.organisations.run(kept, absorbed)
        history.follow_organisation(absorbed=absorbed.public_id, kept=kept.public_id)
        history.record(
            what="organisations.merged",
            about=("organisation", kept.public_id, kept.name),
            organisation_id=kept.public_id,
            actor=by,
            absorbed=absorbed.name,
        )
        outbox.announce(OrganisationsMerged(kept=kept.public_id, absorbed=absorbed.public_id))
    return kept


def check_mergeable(*, rows: list[Organisation]) -> None:
    """Refuse what is not two living organisations other than the host's (``CannotMerge``)."""
    if len(rows) != 2 or any(row.merged_into_id or row.kind == "host" for row in rows):
        raise CannotMerge


def _learn(kept: Organisation, absorbed: Organisation) -> None:
    for field in LEARNT:
        if not getattr(kept, field):
            setattr(kept, field, getattr(absorbed, field))
    if kept.town:
        kept.town_text = ""
    kept.fields_of_action = list(dict.fromkeys([*kept.fields_of_action, *absorbed.fields_of_action]))
    kept.save()


def _move_roles(kept: Organisation, absorbed: Organisation) -> None:
    for row in Membership.objects.select_related("person").filter(organisation=absorbed, ended_at=None):
        held = Membership.objects.filter(organisation=kept, person=row.person, ended_at=None).first()
        outbox.announce(RoleEnded(organisation_id=absorbed.public_id, person_id=row.person.public_id, role=row.role))
        if held and strength(held.role) >= strength(row.role):
            row.ended_at = clock.now()
            row.save(update_fields=["ended_at"])
            continue
        if held:
            held.ended_at = clock.now()
            held.save(update_fields=["ended_at"])
            outbox.announce(RoleEnded(organisation_id=kept.public_id, person_id=row.person.public_id, role=held.role))
        row.organisation = kept
        row.save(update_fields=["organisation"])
        outbox.announce(RoleGiven(organisation_id=kept.public_id, person_id=row.person.public_id, role=row.role))
    Membership.objects.filter(organisation=absorbed).update(organisation=kept)


def _move_invitations(kept: Organisation, absorbed: Organisation) -> None:
    pending = Invitation.objects.filter(accepted_at=None, withdrawn_at=None)
    twice = pending.filter(organisation=kept).values("email")
    pending.filter(organisation=absorbed, email__in=list(twice.values_list("email", flat=True))).update(
        withdrawn_at=clock.now()
    )
    Invitation.objects.filter(organisation=absorbed).update(organisation=kept)


def _move_accesses(kept: Organisation, absorbed: Organisation) -> None:
    """Give the applications of one organisation to the other; where both enter one, that of the kept one stays."""
    twice = list(Access.objects.filter(organisation=kept, closed_at=None).values_list("client_id", flat=True))
    closing = Access.objects.filter(organisation=absorbed, closed_at=None, client__in=twice)
    PersonalAccess.objects.filter(access__in=closing).delete()
    closing.update(closed_at=clock.now())
    Access.objects.filter(organisation=absorbed).update(organisation=kept)
    rewrite_entries(absorbed)
    rewrite_entries(kept)


def _move_resets(kept: Organisation, absorbed: Organisation) -> None:
    """Let resets follow the people; what is under way in the organisation that goes is asked again in the kept one."""
    under_way = SecondFactorReset.objects.filter(organisation=absorbed, state__in=UNDER_WAY)
    for reset in under_way:
        RESET.check(reset.state, "lapsed")
    under_way.update(state="lapsed", ended_at=clock.now())
    SecondFactorReset.objects.filter(organisation=absorbed).update(organisation=kept)
