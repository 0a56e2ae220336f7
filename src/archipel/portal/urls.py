# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.urls import path

from archipel.portal.web import desk, own, public, set_up, settings

urlpatterns = [
    path("", public.front_page, name="front-page"),
    path("about/", public.about, name="about"),
    path("accessibility/", public.accessibility, name="accessibility"),
    path("home/", own.home, name="home"),
    path("organisations/<str:public_id>/", own.organisation, name="organisation"),
    path("account/data/", own.my_data, name="my-data"),
    path("account/data/archipel.json", own.my_data_file, name="my-data-file"),
    path("desk/", desk.today, name="desk-today"),
    path("desk/history/", desk.desk_history, name="desk-history"),
    path("desk/settings/", settings.host_settings, name="desk-settings"),
    path("desk/settings/mail/", settings.mail_check, name="desk-mail-check"),
    path("desk/settings/texts/<slug:language>/", settings.host_texts, name="desk-settings-texts"),
    path("desk/settings/parameters/<slug:key>/", settings.host_parameter, name="desk-settings-parameter"),
    path("set-up/", set_up.set_up, name="set-up"),
    path("set-up/done/", set_up.set_up_done, name="set-up-done"),
]
