# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.urls import path

from archipel.mailing import web

urlpatterns = [
    path("demonstration/mails/", web.demonstration, name="demonstration-mails"),
    path("demonstration/mails/<str:public_id>/", web.demonstration_mail, name="demonstration-mail"),
    path("desk/mails/", web.desk_mails, name="desk-mails"),
    path("desk/mails/lift/", web.lift, name="desk-mails-lift"),
    path("desk/mails/seen/", web.acknowledge, name="desk-mails-seen"),
    path("desk/mails/<str:public_id>/again/", web.send_again, name="desk-mail-again"),
]
