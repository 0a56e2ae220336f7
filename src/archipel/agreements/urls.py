# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.urls import path

from archipel.agreements import web

urlpatterns = [
    path("agreements/by-id/<str:public_id>/", web.agreement_by_id, name="agreement-by-id"),
    path("agreements/<str:token>/", web.agreement, name="agreement"),
]
