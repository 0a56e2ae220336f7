# SPDX-License-Identifier: AGPL-3.0-or-later
"""Publish from a browser: a zip, a folder sent by a small script in several requests, an earlier version."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_POST

from archipel.host.gate import signed_in
from archipel.kernel.refusals import Invalid, Refusal
from archipel.spaces import access, operations
from archipel.spaces.models import Space
from archipel.spaces.web.acts import perform, person_of, source_of
from archipel.spaces.web.forms import ZipForm, refuse
from archipel.spaces.web.portal import show_space

# The token of a form is in the body: the protection is asked after the length was judged, so that a body that is too
# long is never written to disk. Django names this order (csrf_exempt outside, csrf_protect inside) for that purpose.


class BadBatch(Invalid):
    """The script and the page do not speak of the same files."""

    code = "bad_batch"
    message = gettext_lazy("These files could not be read. Please choose the folder again.")


def _length(request: HttpRequest) -> int | None:
    text = request.META.get("CONTENT_LENGTH") or ""
    return int(text) if text.isdecimal() else None


@csrf_exempt
@signed_in
@require_POST
def publish_zip(request: HttpRequest, public_id: str) -> HttpResponse:
    space = access.space_of(person_of(request), public_id, "publish")
    try:
        operations.check_size(space=space, length=_length(request))
    except Refusal as refusal:
        form = ZipForm({})
        form.errors.clear()
        refuse(form, refusal)
        return show_space(request, space, status=refusal.status, zip_form=form)
    return _publish_zip(request, space)


@csrf_protect
def _publish_zip(request: HttpRequest, space: Space) -> HttpResponse:
    form = ZipForm(request.POST, request.FILES)
    if not form.is_valid():
        return show_space(request, space, status=422, zip_form=form)
    archive = form.cleaned_data["archive"]
    try:
        made = operations.publish_zip(
            space=space, archive=archive, person=person_of(request), source=source_of(request)
        )
    except Refusal as refusal:
        refuse(form, refusal)
        return show_space(request, space, status=refusal.status, zip_form=form)
    messages.success(request, _("Version %(number)s is online.") % {"number": made.number})
    return redirect("space", public_id=space.public_id)


def _json(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Answer the script with the refusal it shows."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except Refusal as refusal:
            answer = {"code": refusal.code, "message": str(refusal), "details": refusal.details}
            return JsonResponse(answer, status=refusal.status)

    return answering


@signed_in
@require_POST
@_json
def start_upload(request: HttpRequest, public_id: str) -> HttpResponse:
    person = person_of(request)
    space = access.space_of(person, public_id, "publish")
    upload = operations.start_upload(space=space, person=person, source=source_of(request))
    where = {"public_id": public_id, "upload_id": upload.public_id}
    answer = {
        "add": reverse("space-upload", kwargs=where),
        "finish": reverse("space-upload-finish", kwargs=where),
        "abandon": reverse("space-upload-abandon", kwargs=where),
    }
    return JsonResponse(answer, status=201)


@csrf_exempt
@signed_in
@require_POST
@_json
def add_files(request: HttpRequest, public_id: str, upload_id: str) -> HttpResponse:
    upload = access.upload_of(person_of(request), public_id, upload_id)
    operations.check_size(space=upload.space, length=_length(request))
    return _add_files(request, upload)


@csrf_protect
def _add_files(request: HttpRequest, upload: Any) -> HttpResponse:
    files = request.FILES.getlist("files")
    try:
        paths = json.loads(request.POST.get("paths", ""))
    except ValueError:
        raise BadBatch from None
    readable = isinstance(paths, list) and all(isinstance(path, str) for path in paths)
    if not readable or len(paths) != len(files):
        raise BadBatch
    sent = operations.add_files(upload=upload, files=zip(paths, files, strict=True))
    return JsonResponse({"files": sent.files, "bytes": sent.bytes})


@signed_in
@require_POST
@_json
def finish_upload(request: HttpRequest, public_id: str, upload_id: str) -> HttpResponse:
    upload = access.upload_of(person_of(request), public_id, upload_id)
    made = operations.finish_upload(upload=upload)
    messages.success(request, _("Version %(number)s is online.") % {"number": made.number})
    return JsonResponse({"version": made.public_id, "number": made.number, "page": reverse("space", args=[public_id])})


@signed_in
@require_POST
@_json
def abandon_upload(request: HttpRequest, public_id: str, upload_id: str) -> HttpResponse:
    operations.abandon_upload(upload=access.upload_of(person_of(request), public_id, upload_id))
    return JsonResponse({})


@signed_in
@require_POST
def restore(request: HttpRequest, public_id: str, version_id: str) -> HttpResponse:
    person = person_of(request)
    version = access.version_of(person, public_id, version_id)
    return perform(
        request,
        lambda: operations.restore_version(version=version, person=person, source=source_of(request)),
        done=_("Version %(number)s is online again.") % {"number": version.number},
        back=reverse("space", args=[public_id]),
    )
