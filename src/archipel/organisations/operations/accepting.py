# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.history import operations as history
from archipel.host import queries as host
from archipel.identity import operations as identity_operations
from archipel.identity import queries as identity
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import Refusal
from archipel.mailing import operations as mailing
from archipel.organisations import access
from archipel.organisations.links import find_invitation, living_invitation, still_living
from archipel.organisations.models import Invitation, Membership, Role
from archipel.organisations.operations.roles import give_role
from archipel.organisations.rights import strength


class SignInFirst(Refusal):
    """The address has an account that is in use: its passphrase is asked for, not set."""

    code = "sign_in_first"
    message = _("There is an account with this address already: sign in, then accept.")


class OtherAddress(Refusal):
    """Somebody else is signed in."""

    code = "other_address"
    message = _("This invitation was sent to another address than yours. Sign out, then open the link again.")


def accept_invitation(*, token: str, name: str = "", passphrase: str = "", person: Person | None = None) -> Person:
    """Accept an invitation: as the signed-in ``person``, or by making the account with name and passphrase.

    The link was read in the mailbox, so the address is confirmed by it. ``SignInFirst``, ``OtherAddress``,
    ``WeakPassphrase`` and the refusals of ``living_invitation`` leave everything as it was.
    """
    with transaction.atomic():
        invitation = living_invitation(token, lock=True)
        if person is None:
            person = _opened_account(invitation, name, passphrase)
        elif invitation.email not in identity.confirmed_addresses_of(person):
            raise OtherAddress
        _accept(invitation, person)
    return person


def accept_own_invitation(*, invitation: Invitation, person: Person) -> None:
    """Accept an invitation sent to one of the person's confirmed addresses, without its link (``OtherAddress``)."""
    with transaction.atomic():
        rows = Invitation.objects.select_related("organisation", "invited_by").select_for_update(of=("self",))
        invitation = still_living(rows.get(pk=invitation.pk))
        if invitation.email not in identity.confirmed_addresses_of(person):
            raise OtherAddress
        _accept(invitation, person)


def ask_for_new_invitation(*, token: str) -> None:
    """Mail those who invited that the reader of an old link would like a new one; silent for a link nobody sent."""
    with transaction.atomic():
        invitation = find_invitation(token)
        if invitation is None or invitation.accepted_at:
            return
        organisation = invitation.organisation
        address, name, language = _who_invites(invitation)
        mailing.send(
            name="organisations/invitation_asked_again",
            to=address,
            to_name=name,
            language=language,
            context={
                "invitation": invitation,
                "organisation": organisation.name,
                "link": f"{host.current().portal_url}/organisations/{organisation.public_id}/people/",
            },
        )


def _opened_account(invitation: Invitation, name: str, passphrase: str) -> Person:
    known = identity.person_by_email(invitation.email)
    if known and known.has_usable_password():
        raise SignInFirst
    return identity_operations.open_account(
        email=invitation.email, name=name, passphrase=passphrase, language=invitation.language
    )


def _accept(invitation: Invitation, person: Person) -> None:
    organisation = invitation.organisation
    invitation.accepted_at, invitation.accepted_by = clock.now(), person
    invitation.save(update_fields=["accepted_at", "accepted_by"])
    history.record(
        what="organisations.invitation_accepted",
        about=("organisation", organisation.public_id, organisation.name),
        organisation_id=organisation.public_id,
        actor=person,
    )
    held = Membership.objects.filter(organisation=organisation, person=person, ended_at=None).values_list(
        "role", flat=True
    )
    # A weaker invitation that is accepted late must not lower the role its reader holds by now.
    if organisation.kind == "host" or strength(invitation.role) > max(map(strength, held), default=0):
        give_role(organisation=organisation, person=person, role=invitation.role, by=invitation.invited_by)


def _who_invites(invitation: Invitation) -> tuple[str, str, str]:
    """Return address, name and language of who can invite again: who did, a referent, or else the host."""
    inviter = invitation.invited_by
    if inviter and inviter.is_active and access.person_may(inviter, invitation.organisation, "invite"):
        return inviter.email, inviter.name, inviter.language
    referents = Membership.objects.select_related("person").filter(
        organisation=invitation.organisation, role=Role.REFERENT, ended_at=None, person__last_login__isnull=False
    )
    for row in referents.order_by("since"):
        return row.person.email, row.person.name, row.person.language
    here = host.current()
    return here.contact_address, here.name, here.languages[0]
