# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every write of this app: organisations, roles, invitations, merging and forgetting."""

from archipel.organisations.links import (
    InvitationExpired,
    InvitationReplaced,
    InvitationUnknown,
    InvitationUsed,
    InvitationWithdrawn,
)
from archipel.organisations.operations.accepting import (
    OtherAddress,
    SignInFirst,
    accept_invitation,
    accept_own_invitation,
    ask_for_new_invitation,
)
from archipel.organisations.operations.forgetting import forget_in_organisations, purge
from archipel.organisations.operations.inviting import (
    AlreadyMember,
    InvitationOver,
    invite,
    resend_invitation,
    withdraw_invitation,
)
from archipel.organisations.operations.merging import CannotMerge, check_mergeable, merge_organisations
from archipel.organisations.operations.organising import (
    InvalidYear,
    NameMissing,
    NumberTaken,
    UnknownKind,
    change_organisation,
    create_organisation,
)
from archipel.organisations.operations.roles import (
    LastReferent,
    NotOneOfThem,
    RoleDoesNotFit,
    end_role,
    give_role,
    name_successor,
    remove_person,
)

__all__ = [
    "AlreadyMember",
    "CannotMerge",
    "InvalidYear",
    "InvitationExpired",
    "InvitationOver",
    "InvitationReplaced",
    "InvitationUnknown",
    "InvitationUsed",
    "InvitationWithdrawn",
    "LastReferent",
    "NameMissing",
    "NotOneOfThem",
    "NumberTaken",
    "OtherAddress",
    "RoleDoesNotFit",
    "SignInFirst",
    "UnknownKind",
    "accept_invitation",
    "accept_own_invitation",
    "ask_for_new_invitation",
    "change_organisation",
    "check_mergeable",
    "create_organisation",
    "end_role",
    "forget_in_organisations",
    "give_role",
    "invite",
    "merge_organisations",
    "name_successor",
    "purge",
    "remove_person",
    "resend_invitation",
    "withdraw_invitation",
]
