# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from archipel.history import operations as history
from archipel.host import queries as host
from archipel.identity import queries as identity
from archipel.identity.addresses import clean_address
from archipel.identity.languages import known_language
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.references import digest, new_public_id, new_token
from archipel.kernel.refusals import Refusal
from archipel.mailing import operations as mailing
from archipel.organisations.models import Invitation, Membership, Organisation
from archipel.organisations.operations.roles import check_fits

INVITATION_DAYS = 14


class AlreadyMember(Refusal):
    """The person of this address belongs to the organisation already."""

    code = "already_member"
    message = _("This person already belongs to the organisation. Their role can be changed in the list.")


class InvitationOver(Refusal):
    """The invitation was accepted or withdrawn: there is nothing left to send or withdraw."""

    code = "invitation_over"
    message = _("This invitation has been accepted or withdrawn in the meantime.")


def invite(
    *,
    organisation: Organisation,
    email: str,
    name: str = "",
    role: str,
    by: Person | None = None,
    language: str | None = None,
) -> Invitation:
    """Send a link that gives a role to whoever reads this mailbox; inviting again renews the pending invitation.

    ``AlreadyMember`` unless the person never chose a passphrase: to them the link is the key.
    """
    check_fits(organisation=organisation, role=role)
    address = clean_address(email)
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        person = identity.person_by_email(address)
        if person and _belongs(organisation, person, role) and person.has_usable_password():
            raise AlreadyMember(field="email")
        invitation = Invitation.objects.filter(
            organisation=organisation, email=address, accepted_at=None, withdrawn_at=None
        ).first() or Invitation(organisation=organisation, email=address, created_at=clock.now())
        invitation.name = name.strip()[:120] or invitation.name
        invitation.role, invitation.invited_by = role, by
        invitation.language = known_language((person and person.language) or language or get_language() or "")
        _send(invitation)
        _record("organisations.invited", invitation, by)
    return invitation


def resend_invitation(*, invitation: Invitation, by: Person | None) -> Invitation:
    """Send a fresh link, good for the whole delay again; the former link stops working (``InvitationOver``)."""
    with transaction.atomic():
        invitation = _locked(invitation)
        _send(invitation)
        _record("organisations.invitation_resent", invitation, by)
    return invitation


def withdraw_invitation(*, invitation: Invitation, by: Person | None) -> Invitation:
    """Take an invitation back: its link no longer works (``InvitationOver``)."""
    with transaction.atomic():
        invitation = _locked(invitation)
        invitation.withdrawn_at = clock.now()
        invitation.save(update_fields=["withdrawn_at"])
        _record("organisations.invitation_withdrawn", invitation, by)
    return invitation


def _belongs(organisation: Organisation, person: Person, role: str) -> bool:
    held = Membership.objects.filter(organisation=organisation, person=person, ended_at=None)
    return held.filter(role=role).exists() if organisation.kind == "host" else held.exists()


def _locked(invitation: Invitation) -> Invitation:
    row = Invitation.objects.select_for_update(of=("self",)).select_related("organisation", "invited_by")
    found = row.get(pk=invitation.pk)
    if found.accepted_at or found.withdrawn_at:
        raise InvitationOver
    return found


def _send(invitation: Invitation) -> None:
    """Give the invitation a fresh token that begins with its public id, and mail the link."""
    invitation.public_id = invitation.public_id or new_public_id()
    token = f"{invitation.public_id}{new_token()}"
    invitation.digest = digest(token)
    days = int(host.parameter("invitation_days", default=INVITATION_DAYS))
    # "Until the 7th" is until its last second, whatever the hour it was sent at.
    invitation.expires_at = clock.end_of_day(clock.today() + timedelta(days=days)) - timedelta(seconds=1)
    invitation.save()
    mailing.send(
        name="organisations/invitation",
        to=invitation.email,
        to_name=invitation.name,
        language=invitation.language,
        context={
            "invitation": invitation,
            "organisation": invitation.organisation.name,
            "is_host": invitation.organisation.kind == "host",
            "role": invitation.get_role_display(),
            "by": invitation.invited_by.name if invitation.invited_by else "",
            "link": f"{host.current().portal_url}/invitation/{token}/",
            "until": clock.day_of(invitation.expires_at),
        },
    )


def _record(what: str, invitation: Invitation, by: Person | None) -> None:
    history.record(
        what=what,
        about=("invitation", invitation.public_id, invitation.email),
        organisation_id=invitation.organisation.public_id,
        actor=by,
        name=invitation.name,
        role=invitation.role,
    )
