# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where the apps above say what moves when two organisations turn out to be one; and what moves here with a person."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from archipel.identity import merging as identity_merging
from archipel.identity.merging import MergeLines, Movers
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.organisations.entering import rewrite_entries
from archipel.organisations.models import (
    Batch,
    DeclaredService,
    DomainMailbox,
    Invitation,
    MailDomain,
    Membership,
    Organisation,
    PersonalAccess,
    SecondFactorReset,
)
from archipel.organisations.rights import strength
from archipel.organisations.states import RESET, UNDER_WAY

organisations = Movers()
register = organisations.register


def preview(kept: Organisation, absorbed: Organisation) -> MergeLines:
    """Return what merging two organisations would do, the apps above included."""
    lines = MergeLines()
    _preview_facts(kept, absorbed, lines)
    _preview_people(kept, absorbed, lines)
    for domain in MailDomain.objects.filter(organisation=absorbed).order_by("name"):
        lines.moves.append(_("The mail domain %(domain)s moves.") % {"domain": domain.name})
    declared = DeclaredService.objects.filter(organisation=absorbed).count()
    if declared:
        sentence = ngettext("%d service at another host moves.", "%d services at other hosts move.", declared)
        lines.moves.append(sentence % declared)
    lines.add(organisations.lines(kept, absorbed))
    return lines


def _preview_facts(kept: Organisation, absorbed: Organisation, lines: MergeLines) -> None:
    names = {"rna": _("RNA number"), "siren": _("SIREN number"), "founded_year": _("Year of creation")}
    for field, label in names.items():
        mine, theirs = getattr(kept, field), getattr(absorbed, field)
        values = {"label": label, "mine": mine, "theirs": theirs, "name": kept.name}
        if theirs and not mine:
            lines.moves.append(_("%(label)s %(theirs)s is taken over by %(name)s.") % values)
        elif theirs and theirs != mine:
            lines.conflicts.append(_("%(label)s: %(mine)s stays, %(theirs)s is dropped.") % values)


def _preview_people(kept: Organisation, absorbed: Organisation, lines: MergeLines) -> None:
    held = {row.person_id: row for row in Membership.objects.filter(organisation=kept, ended_at=None)}
    for row in Membership.objects.select_related("person").filter(organisation=absorbed, ended_at=None):
        values = {"person": row.person.name, "role": row.get_role_display(), "name": kept.name}
        other = held.get(row.person_id)
        if other is None:
            lines.moves.append(_("%(person)s becomes %(role)s of %(name)s.") % values)
        else:
            stays = other if strength(other.role) >= strength(row.role) else row
            values["role"] = stays.get_role_display()
            lines.conflicts.append(_("%(person)s belongs to both, and stays once: %(role)s.") % values)
    pending = Invitation.objects.filter(organisation=absorbed, accepted_at=None, withdrawn_at=None).count()
    if pending:
        sentence = ngettext("%d pending invitation moves.", "%d pending invitations move.", pending)
        lines.moves.append(sentence % pending)


def move_person(kept: Person, absorbed: Person) -> None:
    """Give the roles and invitations of one person to another; the stronger role wins where both have one."""
    theirs = list(Membership.objects.select_related("organisation").filter(person=absorbed, ended_at=None))
    for row in theirs:
        held = Membership.objects.filter(organisation=row.organisation, person=kept, ended_at=None)
        if row.organisation.kind == "host":
            held = held.filter(role=row.role)
        weaker = [other for other in held if strength(other.role) < strength(row.role)]
        Membership.objects.filter(pk__in=[other.pk for other in weaker]).update(ended_at=clock.now())
        if held.filter(ended_at=None).exists():
            Membership.objects.filter(pk=row.pk).update(ended_at=clock.now())
    Membership.objects.filter(person=absorbed).update(person=kept)
    DomainMailbox.objects.filter(person=absorbed).update(person=kept)
    Batch.objects.filter(started_by=absorbed).update(started_by=kept)
    DeclaredService.objects.filter(confirmed_by=absorbed).update(confirmed_by=kept)
    Invitation.objects.filter(invited_by=absorbed).update(invited_by=kept)
    Invitation.objects.filter(accepted_by=absorbed).update(accepted_by=kept)
    _move_own_accesses(kept, absorbed)
    _move_resets(kept, absorbed)
    for row in theirs:
        # Before ``identity`` adds up what both enter: one person enters with the role that stays.
        rewrite_entries(row.organisation, absorbed)
        rewrite_entries(row.organisation, kept)


def _move_own_accesses(kept: Person, absorbed: Person) -> None:
    already = PersonalAccess.objects.filter(person=kept).values("access_id")
    PersonalAccess.objects.filter(
        person=absorbed, access__in=list(already.values_list("access_id", flat=True))
    ).delete()
    PersonalAccess.objects.filter(person=absorbed).update(person=kept)


def _move_resets(kept: Person, absorbed: Person) -> None:
    """Keep what was done; what is under way about the account that goes ends with it: its second factor goes too."""
    under_way = SecondFactorReset.objects.filter(person=absorbed, state__in=UNDER_WAY)
    for reset in under_way:
        RESET.check(reset.state, "lapsed")
    under_way.update(state="lapsed", ended_at=clock.now())
    for field in ("person", "asked_by", "confirmed_by"):
        SecondFactorReset.objects.filter(**{field: absorbed}).update(**{field: kept})


def preview_person(kept: Person, absorbed: Person) -> MergeLines:
    """Return which roles would move."""
    lines = MergeLines()
    held = {row.organisation_id for row in Membership.objects.filter(person=kept, ended_at=None)}
    for row in Membership.objects.select_related("organisation").filter(person=absorbed, ended_at=None):
        values = {"person": kept.name, "role": row.get_role_display(), "name": row.organisation.name}
        if row.organisation_id in held and row.organisation.kind != "host":
            lines.conflicts.append(_("Both belong to %(name)s: the stronger role stays.") % values)
        else:
            lines.moves.append(_("%(person)s becomes %(role)s of %(name)s.") % values)
    for mailbox in DomainMailbox.objects.filter(person=absorbed).order_by("address"):
        values = {"address": mailbox.address, "person": kept.name}
        lines.moves.append(_("The mailbox %(address)s goes to %(person)s.") % values)
    return lines


identity_merging.register("organisations", move_person, preview_person)
