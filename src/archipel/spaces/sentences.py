# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from archipel.history.sentences import register

register(
    {
        "space.opening": _("The opening of {about} began"),
        "space.opened": _("{about} is open"),
        "space.opened_by_hand": _("{actor} opened {about} by hand"),
        "space.step_done": _("{actor} did for {about}: {words}"),
        "space.step_undone": _("{actor} said that this is not done after all for {about}: {words}"),
        "space.deleted_by_hand": _("{actor} deleted {about} by hand"),
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
        "space.backup_asked": _("{actor} asked for a back-up of {about}"),
        "space.drill_began": _("A back-up of {about} kept in {place} is being tried"),
        "space.drill_passed": _("A back-up of {about} kept in {place} was restored as a test, and is good"),
        "space.drill_failed": _("A back-up of {about} kept in {place} could not be restored as a test: {reason}"),
        "space.drill_seen_to": _("{actor} saw to a failed test of a back-up of {about}"),
        "space.restore_asked": _("{actor} asked to restore {about} from a back-up"),
        "space.restored": _("{about} was restored from a back-up"),
        "space.domain_added": _("{actor} added the name {domain} to {about}"),
        "space.domain_enabled": _("The name {domain} leads to {about}"),
        "space.domain_wrong": _("The name {domain} does not lead to {about} as it should: its records must be changed"),
        "space.domain_failed": _("The name {domain} was given up for {about}: its records were not right for 30 days"),
        "space.domain_removed": _("{actor} removed the name {domain} from {about}"),
        "space.main_domain": _("{actor} made {domain} the main address of {about}"),
        "space.reconciled": _("{actor} compared {about} with its store"),
    }
)
