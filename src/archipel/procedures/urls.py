# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.urls import path

from archipel.procedures import web

urlpatterns = [
    path("desk/procedures/<str:public_id>/", web.procedure, name="desk-procedure"),
    path("desk/procedures/<str:public_id>/resume/", web.resume, name="desk-procedure-resume"),
    path("desk/procedures/<str:public_id>/cancel/", web.cancel, name="desk-procedure-cancel"),
    path("desk/jobs/<int:job_id>/", web.job, name="desk-job"),
    path("desk/jobs/<int:job_id>/again/", web.try_job_again, name="desk-job-again"),
    path("desk/jobs/<int:job_id>/aside/", web.set_job_aside, name="desk-job-aside"),
]
