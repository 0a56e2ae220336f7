# SPDX-License-Identifier: AGPL-3.0-or-later
"""The links of invitations: which one a link belongs to, and why it stopped working."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from archipel.kernel import clock
from archipel.kernel.references import digest
from archipel.kernel.refusals import NotFound, Refusal
from archipel.organisations.models import Invitation

# A token begins with the public id of its invitation, so that a link that was replaced can still be told from nonsense.
PUBLIC_ID_SIGNS = 14


class InvitationUnknown(NotFound):
    """No invitation ever had this link, or it was erased since."""

    code = "invitation_unknown"
    message = _("This link is incomplete or very old. Copy the whole link from the message, or ask for a new one.")


class InvitationReplaced(Refusal):
    """A newer link was sent to the same address."""

    code = "invitation_replaced"
    message = _("A newer message with another link was sent to you: use that one.")
    status = 410


class InvitationExpired(Refusal):
    """The delay is over."""

    code = "invitation_expired"
    message = _("This invitation has expired.")
    status = 410


class InvitationUsed(Refusal):
    """The link works once."""

    code = "invitation_used"
    message = _("This invitation has already been accepted: sign in as usual.")
    status = 410


class InvitationWithdrawn(Refusal):
    """Those who invited took it back."""

    code = "invitation_withdrawn"
    message = _("This invitation was withdrawn by those who sent it.")
    status = 410


def find_invitation(token: str) -> Invitation | None:
    """Return the invitation a link belongs to, a replaced link included."""
    rows = Invitation.objects.select_related("organisation", "invited_by")
    return rows.filter(digest=digest(token)).first() or rows.filter(public_id=token[:PUBLIC_ID_SIGNS]).first()


def living_invitation(token: str, *, lock: bool = False) -> Invitation:
    """Return the invitation of a link that still works, or say which way it stopped (``Invitation…`` refusals)."""
    rows = Invitation.objects.select_related("organisation", "invited_by")
    if lock:
        rows = rows.select_for_update(of=("self",))
    invitation = rows.filter(digest=digest(token)).first()
    if invitation is None:
        raise InvitationReplaced if find_invitation(token) else InvitationUnknown
    return still_living(invitation)


def still_living(invitation: Invitation) -> Invitation:
    """Return an invitation that may be accepted, or say which way it stopped."""
    if invitation.accepted_at:
        raise InvitationUsed
    if invitation.withdrawn_at or invitation.organisation.merged_into_id:
        raise InvitationWithdrawn
    if invitation.expires_at <= clock.now():
        raise InvitationExpired
    return invitation
