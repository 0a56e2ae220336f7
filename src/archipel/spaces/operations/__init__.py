# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every write of spaces, by noun; callers need not know in which file."""

from __future__ import annotations

from archipel.spaces.operations.addressing import free_rested, release_reserved, reserve_address
from archipel.spaces.operations.backing_up import (
    NoBackupPlace,
    ask_back_up,
    back_up_space,
    copy_space,
    drop_copies,
    forget_copies,
    purge_backup_rows,
)
from archipel.spaces.operations.by_hand import StepsOver, StepsRemain, lay_out_steps, tick_step
from archipel.spaces.operations.closing import (
    DeletesByItself,
    cancel_closing,
    close_space,
    confirm_deletion,
    delete_by_hand,
    mark_deleted,
)
from archipel.spaces.operations.domains import (
    add_domain,
    ask_check,
    check_domain,
    check_due,
    make_main_domain,
    make_own_address_main,
    remove_domain,
    remove_domains_of,
)
from archipel.spaces.operations.drilling import (
    bring_back,
    clear_away,
    compare,
    drill_weekly,
    finish_drill,
    see_to_drill,
    start_drill,
    try_out,
)
from archipel.spaces.operations.entering import people_changed, push_people_if_changed, push_people_of
from archipel.spaces.operations.exporting import (
    ask_export,
    gather_export,
    hand_over_export,
    pack_export,
)
from archipel.spaces.operations.holding import lift_hold, place_hold, push_effect_of
from archipel.spaces.operations.measuring import change_quota, look_again, measure_all, measure_usage
from archipel.spaces.operations.nightly_copies import back_up_all, back_up_following
from archipel.spaces.operations.opening import (
    abandon_opening,
    make_referent,
    mark_opened,
    open_by_hand,
    open_space,
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
from archipel.spaces.operations.reconciling import reconcile, settle_publications
from archipel.spaces.operations.reporting import Notice, decide_report, report_site
from archipel.spaces.operations.restoring import ask_restore, fetch_copy, keep_present, mark_restored, put_back
from archipel.spaces.operations.retention import (
    prolong_exports,
    purge_all,
    purge_exports,
    purge_reporters,
    purge_traces,
)
from archipel.spaces.operations.routing import compare_routes, push_routes_of
from archipel.spaces.publications import Source

__all__ = [
    "DeletesByItself",
    "NoBackupPlace",
    "Notice",
    "Sent",
    "Source",
    "StepsOver",
    "StepsRemain",
    "abandon_opening",
    "abandon_upload",
    "add_domain",
    "add_files",
    "ask_back_up",
    "ask_check",
    "ask_export",
    "ask_restore",
    "back_up_all",
    "back_up_following",
    "back_up_space",
    "bring_back",
    "cancel_closing",
    "change_quota",
    "check_domain",
    "check_due",
    "check_size",
    "clear_away",
    "close_space",
    "compare",
    "compare_routes",
    "confirm_deletion",
    "copy_space",
    "decide_report",
    "delete_by_hand",
    "drill_weekly",
    "drop_copies",
    "fetch_copy",
    "finish_drill",
    "finish_upload",
    "forget_copies",
    "free_rested",
    "gather_export",
    "hand_over_export",
    "keep_present",
    "lay_out_steps",
    "lift_hold",
    "longest_body",
    "look_again",
    "make_main_domain",
    "make_own_address_main",
    "make_referent",
    "mark_deleted",
    "mark_opened",
    "mark_restored",
    "measure_all",
    "measure_usage",
    "open_by_hand",
    "open_space",
    "pack_export",
    "people_changed",
    "place_hold",
    "prolong_exports",
    "publish_zip",
    "purge_all",
    "purge_backup_rows",
    "purge_exports",
    "purge_reporters",
    "purge_traces",
    "push_effect_of",
    "push_people_if_changed",
    "push_people_of",
    "push_routes_of",
    "put_back",
    "reconcile",
    "release_reserved",
    "remove_domain",
    "remove_domains_of",
    "report_site",
    "reserve_address",
    "restore_version",
    "see_to_drill",
    "settle_publications",
    "start_drill",
    "start_upload",
    "tick_step",
    "try_out",
]
