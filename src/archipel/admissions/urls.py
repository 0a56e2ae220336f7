# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.urls import path

from archipel.admissions.web import desk, desk_waves, portal, public, stages

urlpatterns = [
    path("services/<slug:slug>/request/", stages.request_form, name="request-form"),
    path("services/<slug:slug>/tell-me/", public.tell_me, name="tell-me"),
    path("requests/draft/<str:token>/", stages.request_draft, name="request-draft"),
    path("requests/draft/<str:token>/sent/", stages.request_sent, name="request-sent"),
    path("requests/draft/<str:token>/<str:stage>/", stages.request_stage, name="request-stage"),
    path("requests/confirm/<str:token>/", public.confirm, name="request-confirm"),
    path("requests/follow/<str:token>/", public.follow, name="request-follow"),
    path("requests/follow/<str:token>/answer/", public.follow_answer, name="request-follow-answer"),
    path("requests/follow/<str:token>/withdraw/", public.follow_withdraw, name="request-follow-withdraw"),
    path("requests/<str:public_id>/", portal.follow, name="request"),
    path("requests/<str:public_id>/withdraw/", portal.withdraw, name="request-withdraw"),
    path("tell-me/<str:token>/", public.alert_confirm, name="alert-confirm"),
    path("tell-me/<str:token>/leave/", public.alert_leave, name="alert-leave"),
    path("waves/<str:public_id>/", public.wave, name="wave"),
    path("waves/<str:public_id>/report.csv", public.wave_report_csv, name="wave-report-csv"),
    path("waves/<str:public_id>/order.csv", public.wave_order_csv, name="wave-order-csv"),
    path("desk/requests/", desk.requests, name="desk-requests"),
    path("desk/requests/requests.csv", desk.requests_csv, name="desk-requests-csv"),
    path("desk/requests/many/", desk.decide_many, name="desk-requests-many"),
    path("desk/requests/<str:public_id>/", desk.request_page, name="desk-request"),
    path("desk/requests/<str:public_id>/decision/", desk.decide, name="desk-request-decide"),
    path("desk/requests/<str:public_id>/reopen/", desk.reopen, name="desk-request-reopen"),
    path("desk/requests/<str:public_id>/address/", desk.change_address, name="desk-request-address"),
    path("desk/requests/<str:public_id>/<str:act>/", desk.settle, name="desk-request-act"),
    path("desk/waves/", desk_waves.waves, name="desk-waves"),
    path("desk/waves/<str:public_id>/", desk_waves.wave, name="desk-wave"),
    path("desk/waves/<str:public_id>/<str:act>/", desk_waves.wave_act, name="desk-wave-act"),
    path("desk/peers/", desk_waves.peers, name="desk-peers"),
    path("desk/peers/peers.csv", desk_waves.peers_csv, name="desk-peers-csv"),
    path("desk/peers/<str:public_id>/", desk_waves.peer, name="desk-peer"),
]
