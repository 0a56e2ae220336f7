# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.urls import path

from archipel.catalogue.web import desk, public, versions, writing

urlpatterns = [
    path("services/", public.services, name="services"),
    path("services/services.csv", public.services_csv, name="services-csv"),
    path("services/<slug:slug>/", public.service, name="service"),
    path("services/<slug:slug>/terms/<str:day>/", public.terms, name="service-terms"),
    path("desk/catalogue/", desk.catalogue, name="desk-catalogue"),
    path("desk/catalogue/new/", desk.new_service, name="desk-service-new"),
    path("desk/catalogue/terms/", versions.host_terms, name="desk-host-terms"),
    path("desk/catalogue/<slug:slug>/", desk.service, name="desk-service"),
    path("desk/catalogue/<slug:slug>/state/", desk.change_state, name="desk-service-state"),
    path("desk/catalogue/<slug:slug>/maintainers/", desk.maintainers, name="desk-service-maintainers"),
    path("desk/catalogue/<slug:slug>/texts/<slug:language>/", writing.texts, name="desk-service-texts"),
    path("desk/catalogue/<slug:slug>/prices/", versions.prices, name="desk-service-prices"),
    path("desk/catalogue/<slug:slug>/terms/", versions.terms, name="desk-service-terms"),
    path("desk/catalogue/<slug:slug>/questions/", writing.questions, name="desk-service-questions"),
    path("desk/catalogue/<slug:slug>/questions/new/", writing.question, name="desk-service-question-new"),
    path("desk/catalogue/<slug:slug>/questions/<slug:key>/", writing.question, name="desk-service-question"),
]
