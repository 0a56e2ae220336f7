# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.urls import path

from archipel.machines.web import desk_places as desk

_PLACE = "desk/backup-places/<str:public_id>/"

urlpatterns = [
    path("desk/backup-places/", desk.places, name="desk-backup-places"),
    path("desk/backup-places/new/", desk.new_place, name="desk-backup-place-new"),
    path(_PLACE, desk.place, name="desk-backup-place"),
    path(f"{_PLACE}key/", desk.place_key, name="desk-backup-place-key"),
    path(f"{_PLACE}key/kept/", desk.key_kept, name="desk-backup-place-key-kept"),
    path(f"{_PLACE}check/", desk.check_place, name="desk-backup-place-check"),
    path(f"{_PLACE}close/", desk.close_place, name="desk-backup-place-close"),
]
