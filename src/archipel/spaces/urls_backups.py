# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.urls import path

from archipel.spaces.web import desk_backups as desk

_BACKUPS = "desk/spaces/<str:public_id>/backups/"

urlpatterns = [
    path("desk/drills/", desk.drills, name="desk-drills"),
    path(_BACKUPS, desk.backups, name="desk-space-backups"),
    path(f"{_BACKUPS}now/", desk.back_up, name="desk-space-back-up"),
    path(f"{_BACKUPS}<str:backup_id>/drill/", desk.drill, name="desk-space-drill"),
    path(f"{_BACKUPS}<str:backup_id>/restore/", desk.restore, name="desk-space-restore-backup"),
    path(f"{_BACKUPS}drills/<str:drill_id>/seen/", desk.see_to_drill, name="desk-space-drill-seen"),
]
