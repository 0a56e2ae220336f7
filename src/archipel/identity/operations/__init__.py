# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every write of this app: persons and their ways in, tokens, applications, entries, sign-ins, keys."""

from archipel.identity.addresses import InvalidAddress
from archipel.identity.arrivals import Arrival
from archipel.identity.operations.account_names import (
    KeptName,
    UserNameTaken,
    keep_account_name,
    keep_account_names,
    link_application,
    move_account_names,
    take_back_account_name,
)
from archipel.identity.operations.arriving import Arrived, receive_arrivals, take_back_arrival
from archipel.identity.operations.breached import ListRefused, load_breached
from archipel.identity.operations.clients import (
    ApplicationClosed,
    ApplicationNameMissing,
    InvalidApplicationAddress,
    NeedsSecret,
    RedirectionMissing,
    UnknownApplicationScope,
    change_client,
    close_client,
    register_client,
    renew_client_secret,
)
from archipel.identity.operations.closing import AccountGone, ReasonNeeded, close_person, reopen_person
from archipel.identity.operations.comparing import (
    DriftIsOver,
    NothingToAdopt,
    adopt_drift,
    compare_sign_on,
    repair_drift,
)
from archipel.identity.operations.consents import give_consent, withdraw_consent
from archipel.identity.operations.entries import (
    end_entries_of,
    end_entries_through,
    end_entry,
    give_entry,
    move_entries,
)
from archipel.identity.operations.forgetting import forget_person, purge_persons
from archipel.identity.operations.links import send_passphrase_link
from archipel.identity.operations.logging_out import tell_signed_out
from archipel.identity.operations.merging import NothingToMerge, merge_persons
from archipel.identity.operations.outside_sessions import (
    AccountNotKnown,
    end_outside_session,
    person_signed_in_elsewhere,
    purge_outside_sessions,
    remember_outside_session,
)
from archipel.identity.operations.persons import (
    AlreadySignedUp,
    WeakPassphrase,
    change_profile,
    open_account,
    person_for_confirmed_email,
    set_passphrase,
)
from archipel.identity.operations.pushing import (
    end_sessions_elsewhere,
    hand_over_secret,
    invite_elsewhere,
    push,
    push_everything,
    push_later,
    tell_person_changed,
)
from archipel.identity.operations.second_factors import CHANGES as SECOND_FACTOR_CHANGES
from archipel.identity.operations.second_factors import (
    SecondFactorNeeded,
    SecondFactorRefused,
    remove_second_factors,
    use_code,
)
from archipel.identity.operations.second_factors import note_change as note_second_factor
from archipel.identity.operations.sessions import end_other_sessions, end_session, note_device, purge_sessions
from archipel.identity.operations.sign_ins import (
    CodeRefused,
    NoEntry,
    RefreshRefused,
    end_sign_ins,
    issue_to_client,
    purge_sign_ins,
    redeem_code,
    refresh_sign_in,
    revoke_issued,
    start_sign_in,
)
from archipel.identity.operations.signing_keys import care_for_signing_keys, ensure_signing_key, rotate_signing_key
from archipel.identity.operations.tokens import (
    InvalidScopes,
    SignInRefused,
    issue_token,
    revoke_token,
    sign_in_for_token,
)
from archipel.identity.user_names import InvalidUserName

__all__ = [
    "SECOND_FACTOR_CHANGES",
    "AccountGone",
    "AccountNotKnown",
    "AlreadySignedUp",
    "ApplicationClosed",
    "ApplicationNameMissing",
    "Arrival",
    "Arrived",
    "CodeRefused",
    "DriftIsOver",
    "InvalidAddress",
    "InvalidApplicationAddress",
    "InvalidScopes",
    "InvalidUserName",
    "KeptName",
    "ListRefused",
    "NeedsSecret",
    "NoEntry",
    "NothingToAdopt",
    "NothingToMerge",
    "ReasonNeeded",
    "RedirectionMissing",
    "RefreshRefused",
    "SecondFactorNeeded",
    "SecondFactorRefused",
    "SignInRefused",
    "UnknownApplicationScope",
    "UserNameTaken",
    "WeakPassphrase",
    "adopt_drift",
    "care_for_signing_keys",
    "change_client",
    "change_profile",
    "close_client",
    "close_person",
    "compare_sign_on",
    "end_entries_of",
    "end_entries_through",
    "end_entry",
    "end_other_sessions",
    "end_outside_session",
    "end_session",
    "end_sessions_elsewhere",
    "end_sign_ins",
    "ensure_signing_key",
    "forget_person",
    "give_consent",
    "give_entry",
    "hand_over_secret",
    "invite_elsewhere",
    "issue_to_client",
    "issue_token",
    "keep_account_name",
    "keep_account_names",
    "link_application",
    "load_breached",
    "merge_persons",
    "move_account_names",
    "move_entries",
    "note_device",
    "note_second_factor",
    "open_account",
    "person_for_confirmed_email",
    "person_signed_in_elsewhere",
    "purge_outside_sessions",
    "purge_persons",
    "purge_sessions",
    "purge_sign_ins",
    "push",
    "push_everything",
    "push_later",
    "receive_arrivals",
    "redeem_code",
    "refresh_sign_in",
    "register_client",
    "remember_outside_session",
    "remove_second_factors",
    "renew_client_secret",
    "reopen_person",
    "repair_drift",
    "revoke_issued",
    "revoke_token",
    "rotate_signing_key",
    "send_passphrase_link",
    "set_passphrase",
    "sign_in_for_token",
    "start_sign_in",
    "take_back_account_name",
    "take_back_arrival",
    "tell_person_changed",
    "tell_signed_out",
    "use_code",
    "withdraw_consent",
]
