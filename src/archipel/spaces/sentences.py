# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from archipel.history.sentences import register

register(
    {
        "space.opening": _("The opening of {about} began"),
        "space.opened": _("{about} is open"),
        "space.opened_by_hand": _("{actor} opened {about} by hand"),
        "space.opening_abandoned": _("The opening of {about} was given up"),
        "space.published": _("{actor} published version {number} of {about} (files: {files})"),
        "space.version_restored": _("{actor} put version {number} of {about} online again"),
        "space.held": _("{actor} held back {about}: {reason}"),
        "space.paused": _("{actor} paused {about}"),
        "space.released": _("{actor} lifted a hold on {about}"),
        "space.quota_changed": _("{actor} changed the room of {about}"),
        "space.export_asked": _("{actor} asked for an export of {about}"),
        "space.exported": _("The export of {about} is ready"),
        "space.closing": _("{actor} asked to close the space {about}"),
        "space.closing_cancelled": _("{actor} cancelled the closing of the space {about}"),
        "space.deletion_confirmed": _("{actor} confirmed the deletion of the space {about}"),
        "space.deleted": _("The space {about} was deleted, with a proof"),
        "space.reported": _("A page of {about} was reported (notice {reference})"),
        "space.report_decided": _("{actor} decided on notice {reference} about {about}"),
        "space.own_role.role": _("{actor} let {about} enter {space} as {role}, whatever their role"),
        "space.own_role.none": _("{actor} decided that {about} does not enter {space}"),
        "space.own_role.usual": _("{actor} decided that {about} enters {space} as their role says"),
        "space.entries_repaired": _("Who may enter {about} was put right (entries: {count})"),
        "space.bundle_brought": _("{actor} brought back an export for {about}, made by {origin}"),
        "space.bundle_put_back": _("The export was put into {about}, as it was at {origin}"),
        "space.bundle_refused": _("The export that was brought back for {about} could not be taken"),
        "space.upgrade_asked": _("{actor} had {about} put to version {version}"),
        "space.upgraded": _("{about} runs version {version}"),
        "space.upgrade_returned": _(
            "{about} is back at version {former}: version {version} did not answer as it should"
        ),
        "space.upgrade_return_seen": _("{actor} took note of the return of {about}"),
        "spaces.round_began": _("{actor} had all spaces of {about} put to version {version}"),
        "spaces.round_stopped": _("The upgrade of all spaces of {about} to version {version} stopped"),
        "spaces.round_done": _("All spaces of {about} run version {version}"),
        "space.moving": _("{about} moves to another machine"),
        "space.moved": _("{about} lives on the machine {machine}"),
        "space.move_failed": _("{about} stayed on its machine: {reason}"),
        "space.reopening_elsewhere": _("The machine of {about} is lost: it is opened elsewhere"),
        "space.reopened_elsewhere": _("{about} was opened on {machine} from its last copy"),
        "space.comparison_asked": _("{actor} had what runs for {about} looked at"),
        "space.drift_repaired": _("{actor} had what runs for {about} put right"),
        "space.drift_adopted": _("{actor} took over what was changed of {about}"),
        "space.filling_up": _("{about} uses {level} % of its room or more"),
        "space.reconciled": _("{actor} compared {about} with its store"),
    }
)
