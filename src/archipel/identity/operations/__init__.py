# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every write of this app: persons and their addresses, passphrases, tokens, entries, merging and forgetting."""

from archipel.identity.addresses import InvalidAddress
from archipel.identity.operations.entries import (
    end_entries_of,
    end_entries_through,
    end_entry,
    give_entry,
    move_entries,
)
from archipel.identity.operations.forgetting import forget_person, purge_persons
from archipel.identity.operations.merging import NothingToMerge, merge_persons
from archipel.identity.operations.persons import (
    AlreadySignedUp,
    WeakPassphrase,
    change_profile,
    open_account,
    person_for_confirmed_email,
    set_passphrase,
)
from archipel.identity.operations.tokens import (
    InvalidScopes,
    SignInRefused,
    issue_token,
    revoke_token,
    sign_in_for_token,
)

__all__ = [
    "AlreadySignedUp",
    "InvalidAddress",
    "InvalidScopes",
    "NothingToMerge",
    "SignInRefused",
    "WeakPassphrase",
    "change_profile",
    "end_entries_of",
    "end_entries_through",
    "end_entry",
    "forget_person",
    "give_entry",
    "issue_token",
    "merge_persons",
    "move_entries",
    "open_account",
    "person_for_confirmed_email",
    "purge_persons",
    "revoke_token",
    "set_passphrase",
    "sign_in_for_token",
]
