# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.urls import path

from archipel.spaces.web import bringing_back, desk, people, portal, public, publishing, running

_SPACE = "spaces/<str:public_id>/"
_DESK = "desk/spaces/<str:public_id>/"

urlpatterns = [
    path(_SPACE, portal.space, name="space"),
    path(f"{_SPACE}opening/", portal.opening, name="space-opening"),
    path(f"{_SPACE}people/", people.people, name="space-people"),
    path(f"{_SPACE}people/<str:person_id>/", people.role, name="space-person-role"),
    path(f"{_SPACE}publish/", publishing.publish_zip, name="space-publish"),
    path(f"{_SPACE}uploads/", publishing.start_upload, name="space-uploads"),
    path(f"{_SPACE}uploads/<str:upload_id>/", publishing.add_files, name="space-upload"),
    path(f"{_SPACE}uploads/<str:upload_id>/finish/", publishing.finish_upload, name="space-upload-finish"),
    path(f"{_SPACE}uploads/<str:upload_id>/abandon/", publishing.abandon_upload, name="space-upload-abandon"),
    path(f"{_SPACE}versions/<str:version_id>/restore/", publishing.restore, name="space-restore"),
    path(f"{_SPACE}bring-back/", bringing_back.bring_back, name="space-bring-back"),
    path("desk/spaces/from-bundle/", bringing_back.from_bundle, name="desk-space-from-bundle"),
    path(f"{_SPACE}holds/", portal.hold, name="space-hold"),
    path(f"{_SPACE}holds/<str:hold_id>/lift/", portal.lift_hold, name="space-lift-hold"),
    path(f"{_SPACE}exports/", portal.ask_export, name="space-exports"),
    path(f"{_SPACE}exports/<str:export_id>/", portal.fetch_export, name="space-export"),
    path(f"{_SPACE}close/", portal.close, name="space-close"),
    path(f"{_SPACE}close/cancel/", portal.cancel_closing, name="space-cancel-closing"),
    path(f"{_SPACE}close/confirm/", portal.confirm_deletion, name="space-confirm-deletion"),
    path(f"{_SPACE}proof/", portal.proof, name="space-proof"),
    path(f"{_SPACE}statements/<str:report_id>/", portal.statement, name="space-statement"),
    path("report/<str:address>/", public.report, name="space-report"),
    path("report/<str:address>/received/<str:reference>/", public.report_received, name="space-report-received"),
    path("desk/spaces/", desk.spaces, name="desk-spaces"),
    path("desk/spaces/versions/", running.versions, name="desk-space-versions"),
    path("desk/spaces/versions/<str:slug>/upgrade/", running.upgrade_all, name="desk-space-upgrade-all"),
    path("desk/spaces/rounds/<str:round_id>/stop/", running.stop_round, name="desk-space-stop-round"),
    path(f"{_DESK}running/", running.running, name="desk-space-running"),
    path(f"{_DESK}upgrade/", running.upgrade, name="desk-space-upgrade"),
    path(f"{_DESK}upgrades/<str:upgrade_id>/seen/", running.note_return, name="desk-space-note-return"),
    path(f"{_DESK}move/", running.move, name="desk-space-move"),
    path(f"{_DESK}compare/", running.compare, name="desk-space-compare"),
    path(f"{_DESK}drift/", running.drift, name="desk-space-drift"),
    path(f"{_DESK}drift/repair/", running.repair, name="desk-space-repair"),
    path(f"{_DESK}drift/adopt/", running.adopt, name="desk-space-adopt"),
    path("desk/spaces.csv", desk.spaces_csv, name="desk-spaces-csv"),
    path(_DESK, desk.space, name="desk-space"),
    path(f"{_DESK}holds/", desk.hold, name="desk-space-hold"),
    path(f"{_DESK}holds/<str:hold_id>/lift/", desk.lift_hold, name="desk-space-lift-hold"),
    path(f"{_DESK}quota/", desk.quota, name="desk-space-quota"),
    path(f"{_DESK}look-again/", desk.look_again, name="desk-space-look-again"),
    path(f"{_DESK}open/", desk.open_by_hand, name="desk-space-open"),
    path(f"{_DESK}export/", desk.export, name="desk-space-export"),
    path(f"{_DESK}close/", desk.close, name="desk-space-close"),
    path(f"{_DESK}close/cancel/", desk.cancel_closing, name="desk-space-cancel-closing"),
    path(f"{_DESK}close/confirm/", desk.confirm_deletion, name="desk-space-confirm-deletion"),
    path("desk/reports/<str:report_id>/", desk.report, name="desk-report"),
]
