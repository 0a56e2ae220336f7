# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every write of spaces, by noun; callers need not know in which file."""

from __future__ import annotations

from archipel.spaces.operations.addressing import free_rested, release_reserved, reserve_address
from archipel.spaces.operations.closing import (
    cancel_closing,
    close_space,
    confirm_deletion,
    mark_deleted,
)
from archipel.spaces.operations.containers import (
    lead_visitors,
    make_secrets,
    place_space,
    put_space,
    read_application,
    register_client_of,
)
from archipel.spaces.operations.entering import people_changed, push_people_if_changed, push_people_of
from archipel.spaces.operations.entries import change_space_role, repair_space_entries
from archipel.spaces.operations.exporting import (
    ask_export,
    gather_export,
    hand_over_export,
    pack_export,
)
from archipel.spaces.operations.holding import lift_hold, place_hold, push_effect_of
from archipel.spaces.operations.linking import link_people
from archipel.spaces.operations.measuring import change_quota, look_again, measure_all, measure_usage
from archipel.spaces.operations.opening import (
    OPENING_CONTAINER,
    OPENINGS,
    abandon_opening,
    make_referent,
    mark_opened,
    open_by_hand,
    open_space,
    opening_kind,
)
from archipel.spaces.operations.publishing import (
    Sent,
    abandon_upload,
    add_files,
    check_size,
    finish_upload,
    longest_body,
    publish_zip,
    restore_version,
    start_upload,
)
from archipel.spaces.operations.reconciling import adopt_versions, reconcile, settle_publications
from archipel.spaces.operations.reporting import Notice, decide_report, report_site
from archipel.spaces.operations.restoring import (
    RESTORING,
    begin_waiting,
    bring_bundle,
    finish_restoration,
    give_up_restoration,
    judge_bundle,
    mark_running,
    open_from_bundle,
    refuse_restoration,
    unpack_bundle,
)
from archipel.spaces.operations.retention import (
    prolong_exports,
    purge_all,
    purge_exports,
    purge_reporters,
    purge_traces,
)
from archipel.spaces.publications import Source

__all__ = [
    "OPENINGS",
    "OPENING_CONTAINER",
    "RESTORING",
    "Notice",
    "Sent",
    "Source",
    "abandon_opening",
    "abandon_upload",
    "add_files",
    "adopt_versions",
    "ask_export",
    "begin_waiting",
    "bring_bundle",
    "cancel_closing",
    "change_quota",
    "change_space_role",
    "check_size",
    "close_space",
    "confirm_deletion",
    "decide_report",
    "finish_restoration",
    "finish_upload",
    "free_rested",
    "gather_export",
    "give_up_restoration",
    "hand_over_export",
    "judge_bundle",
    "lead_visitors",
    "lift_hold",
    "link_people",
    "longest_body",
    "look_again",
    "make_referent",
    "make_secrets",
    "mark_deleted",
    "mark_opened",
    "mark_running",
    "measure_all",
    "measure_usage",
    "open_by_hand",
    "open_from_bundle",
    "open_space",
    "opening_kind",
    "pack_export",
    "people_changed",
    "place_hold",
    "place_space",
    "prolong_exports",
    "publish_zip",
    "purge_all",
    "purge_exports",
    "purge_reporters",
    "purge_traces",
    "push_effect_of",
    "push_people_if_changed",
    "push_people_of",
    "put_space",
    "read_application",
    "reconcile",
    "refuse_restoration",
    "register_client_of",
    "release_reserved",
    "repair_space_entries",
    "report_site",
    "reserve_address",
    "restore_version",
    "settle_publications",
    "start_upload",
    "unpack_bundle",
]
