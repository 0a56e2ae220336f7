# SPDX-License-Identifier: AGPL-3.0-or-later
from django.utils.translation import gettext_lazy as _

from archipel.history.sentences import register

register(
    {
        "organisations.created": _("{about} became known here"),
        "organisations.changed": _("{actor} corrected what is known of {about}"),
        "organisations.service_declared": _("{actor} declared the service {about} at {host}"),
        "organisations.service_changed": _("{actor} corrected what is declared of the service {about} at {host}"),
        "organisations.service_confirmed": _("{actor} confirmed the service {about} at {host}"),
        "organisations.service_removed": _("{actor} took the service {about} at {host} out of the list"),
        "organisations.merged": _("{actor} made one organisation of {about} and {absorbed}"),
        "organisations.invited": _("{actor} invited {about}"),
        "organisations.invitation_resent": _("{actor} sent the invitation of {about} again"),
        "organisations.invitation_withdrawn": _("{actor} withdrew the invitation of {about}"),
        "organisations.invitation_accepted": _("{actor} accepted the invitation to {about}"),
        "organisations.role_given.referent": _("{about} became referent"),
        "organisations.role_given.treasurer": _("{about} became treasurer"),
        "organisations.role_given.member": _("{about} became a member"),
        "organisations.role_given.reviewer": _("{about} became a reviewer of the host"),
        "organisations.role_given.support": _("{about} joined the support of the host"),
        "organisations.role_given.host_treasurer": _("{about} became treasurer of the host"),
        "organisations.role_given.editor": _("{about} became an editor of the host"),
        "organisations.role_given.administrator": _("{about} became system administrator of the host"),
        "organisations.role_ended.referent": _("{actor} ended the role of {about}: referent"),
        "organisations.role_ended.treasurer": _("{actor} ended the role of {about}: treasurer"),
        "organisations.role_ended.member": _("{actor} ended the role of {about}: member"),
        "organisations.role_ended.reviewer": _("{actor} ended the role of {about} at the host: reviewer"),
        "organisations.role_ended.support": _("{actor} ended the role of {about} at the host: support"),
        "organisations.role_ended.host_treasurer": _("{actor} ended the role of {about} at the host: treasurer"),
        "organisations.role_ended.editor": _("{actor} ended the role of {about} at the host: editor"),
        "organisations.role_ended.administrator": _(
            "{actor} ended the role of {about} at the host: system administrator"
        ),
        "organisations.role_end_planned": _("{actor} set the last day of the role of {about}: {last_day}"),
        "organisations.role_end_dropped": _("{actor} let {about} keep their role until further notice"),
        "organisations.access_opened": _("{actor} opened {about} to the organisation"),
        "organisations.access_changed": _("{actor} changed which roles enter {about}"),
        "organisations.access_closed": _("{actor} took {about} back: nobody of the organisation enters it any more"),
        "organisations.personal_access.usual": _("{about} enters {application} by their role again ({actor})"),
        "organisations.personal_access.role": _("{about} enters {application} as “{role}” ({actor})"),
        "organisations.personal_access.none": _("{about} no longer enters {application} ({actor})"),
        "organisations.entries_repaired": _(
            "{actor} corrected who enters the applications, to fit the roles: {count} difference(s)"
        ),
        "organisations.reset_asked": _("{actor} asked to reset the second factor of {about}"),
        "organisations.reset_announced": _("{actor} called, and announced the reset of the second factor of {about}"),
        "organisations.reset_done": _("The second factor of {about} was reset ({actor})"),
        "organisations.reset_refused": _("{actor} refused to reset the second factor of {about}"),
        "organisations.reset_cancelled": _("{about} cancelled the reset of their second factor"),
        "organisations.reset_lapsed": _("Nobody confirmed the reset of the second factor of {about}"),
        "organisations.import_opened": _("{actor} gave files to import: {about}"),
        "organisations.import_applied": _("{actor} had an import applied: {about}"),
        "organisations.import_undone": _("{actor} had an import undone: {about}"),
        "organisations.import_discarded": _("{actor} discarded an import: {about}"),
        "organisations.import_mailed": _("{actor} had a link sent to the people of an import: {about}"),
        "organisations.taken_back": _("The import of {about} was undone"),
        "organisations.role_taken_back": _("The role of {about} went with the import that gave it"),
    }
)
