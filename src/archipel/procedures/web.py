# SPDX-License-Identifier: AGPL-3.0-or-later
"""Desk pages: a procedure, and a background task that failed for good."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from archipel.host.gate import desk
from archipel.kernel.refusals import Refusal
from archipel.outbox import operations as outbox_operations
from archipel.outbox import queries as outbox_queries
from archipel.procedures import operations, queries


@require_GET
@desk("operate")
def procedure(request: HttpRequest, public_id: str) -> HttpResponse:
    return render(request, "procedures/procedure.html", {"page": queries.procedure_page(public_id)})


@require_POST
@desk("operate")
def resume(request: HttpRequest, public_id: str) -> HttpResponse:
    found = queries.by_public_id(public_id)
    try:
        operations.resume(procedure=found, by=request.user)
        messages.success(request, _("The procedure goes on from the step where it stood."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("desk-procedure", public_id=public_id)


@require_POST
@desk("operate")
def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    found = queries.by_public_id(public_id)
    try:
        operations.cancel(procedure=found, by=request.user)
        messages.success(request, _("The procedure is cancelled. What was done stays done."))
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("desk-procedure", public_id=public_id)


@require_GET
@desk("operate")
def job(request: HttpRequest, job_id: int) -> HttpResponse:
    return render(request, "procedures/job.html", {"job": outbox_queries.job_page(job_id)})


@require_POST
@desk("operate")
def try_job_again(request: HttpRequest, job_id: int) -> HttpResponse:
    return _settle_job(request, job_id, outbox_operations.try_again, _("The task will be tried again at once."))


@require_POST
@desk("operate")
def set_job_aside(request: HttpRequest, job_id: int) -> HttpResponse:
    return _settle_job(request, job_id, outbox_operations.set_aside, _("The task is set aside: it will not run."))


def _settle_job(request: HttpRequest, job_id: int, operation: Any, done: str) -> HttpResponse:
    outbox_queries.job_page(job_id)
    try:
        operation(job_id=job_id)
        messages.success(request, done)
    except Refusal as refusal:
        messages.error(request, str(refusal))
    return redirect("desk-job", job_id=job_id)
