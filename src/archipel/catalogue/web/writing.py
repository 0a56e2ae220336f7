# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the host writes about a service: its texts in each language, the questions of its form."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from archipel.catalogue import operations, queries
from archipel.catalogue.texts import HAND_FIELDS, LABELS, TEXT_FIELDS
from archipel.catalogue.web.desk import PAGE_METHODS, person_of
from archipel.catalogue.web.fields import refuse
from archipel.catalogue.web.forms import QuestionForm, TextsForm
from archipel.host.gate import desk
from archipel.kernel.refusals import NotFound, Refusal


@desk("catalogue")
@require_http_methods(PAGE_METHODS)
def texts(request: HttpRequest, slug: str, language: str) -> HttpResponse:
    """Write the texts in one language; the button "preview" shows them without saving."""
    found = queries.service_by_slug(slug)
    if language not in dict(settings.LANGUAGES):
        raise NotFound
    written = queries.service_texts([found], fields=(*TEXT_FIELDS, *HAND_FIELDS), language=language)[found.pk]
    initial = {field: text.body if text.language == language else "" for field, text in written.items()}
    form = TextsForm(request.POST or None, initial=initial)
    preview = []
    if request.method == "POST" and form.is_valid():
        if "preview" not in request.POST:
            operations.change_service_texts(
                service=found, language=language, texts=form.cleaned_data, by=person_of(request)
            )
            messages.success(request, _("Saved."))
            return redirect("desk-service-texts", slug=slug, language=language)
        preview = [(LABELS[name], form.cleaned_data[name]) for name in TEXT_FIELDS if form.cleaned_data[name]]
    context = {
        "service": found,
        "name": queries.service_name(found),
        "language": language,
        "languages": settings.LANGUAGES,
        "form": form,
        "preview": preview,
        "elsewhere": [(LABELS[field], text) for field, text in written.items() if text and text.fallback],
    }
    return render(request, "catalogue/desk_texts.html", context, status=422 if form.errors else 200)


@desk("catalogue")
@require_http_methods(PAGE_METHODS)
def questions(request: HttpRequest, slug: str) -> HttpResponse:
    """List the questions; a button moves one up or down, or removes it."""
    found = queries.service_by_slug(slug)
    if request.method == "POST":
        act, _sign, key = request.POST.get("act", "").partition(":")
        if act in ("up", "down"):
            operations.move_question(service=found, key=key, up=act == "up", by=person_of(request))
        elif act == "remove":
            operations.remove_question(service=found, key=key, by=person_of(request))
        return redirect("desk-service-questions", slug=slug)
    context = {"service": found, "name": queries.service_name(found), "questions": queries.questions_of(found)}
    return render(request, "catalogue/desk_questions.html", context)


@desk("catalogue")
@require_http_methods(PAGE_METHODS)
def question(request: HttpRequest, slug: str, key: str = "") -> HttpResponse:
    """Write a question, new or again."""
    found = queries.service_by_slug(slug)
    written = queries.question_of(found, key) if key else None
    form = QuestionForm(request.POST or None, initial=QuestionForm.values_of(written) if written else {})
    if request.method == "POST" and form.is_valid():
        try:
            operations.save_question(service=found, given=form.given(key), former_key=key, by=person_of(request))
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            return redirect("desk-service-questions", slug=slug)
    context = {"service": found, "name": queries.service_name(found), "form": form, "written": written}
    return render(request, "catalogue/desk_question.html", context, status=422 if form.errors else 200)
