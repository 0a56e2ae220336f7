# SPDX-License-Identifier: AGPL-3.0-or-later
"""The public form in four stages; works without JavaScript, loses nothing, needs no account."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from archipel.admissions import operations, queries, recap
from archipel.admissions.access import request_by_link
from archipel.admissions.declaration import STAGES, check, is_individual
from archipel.admissions.links import token_for
from archipel.admissions.models import Request
from archipel.admissions.web.following import link_over
from archipel.admissions.web.forms import FORMS, HONEYPOT, StageForm
from archipel.catalogue import queries as catalogue
from archipel.catalogue.models import Service
from archipel.host import queries as host
from archipel.identity import limits
from archipel.kernel.money import total
from archipel.kernel.refusals import Refusal, TooMany

HOUR = 3600
# What one address may do in an hour; a family or an office behind one address still passes.
DRAFTS_AN_HOUR, SAVES_AN_HOUR, SENDINGS_AN_HOUR = 20, 200, 20
ALL_STAGES = (*STAGES, "send")


def request_form(request: HttpRequest, slug: str) -> HttpResponse:
    """First stage; the draft is made when something was typed."""
    service = catalogue.shown_service(slug)
    state = queries.form_state(service)
    if request.method != "POST":
        if not state.taking:
            return redirect("tell-me", slug) if state.alert else redirect("service", slug)
        return _stage_page(
            request, service, "organisation", FORMS["organisation"](service=service, typed=_known(request))
        )
    if request.POST.get(HONEYPOT):
        return render(request, "admissions/sent.html", {"service_name": catalogue.service_name(service), "email": ""})
    form = FORMS["organisation"](request.POST, service=service, typed={})
    try:
        limits.check(request, "request-save", SAVES_AN_HOUR, HOUR)
        if not form.is_valid() and state.taking:
            return _stage_page(request, service, "organisation", form)
        limits.check(request, "request-draft", DRAFTS_AN_HOUR, HOUR)
        draft = operations.start_draft(service=service, language=get_language() or "fr", typed=form.typed())
    except TooMany as refusal:
        return _refused(request, service, "organisation", form, refusal)
    return _after(request, draft, "organisation")


def _of_draft(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Open the page of a draft; once it was sent, say so and where to go on."""

    @wraps(view)
    def opened(request: HttpRequest, token: str, **more: str) -> HttpResponse:
        try:
            return view(request, token, **more)
        except operations.AlreadySent as refusal:
            return link_over(request, refusal)

    return opened


@_of_draft
def request_stage(request: HttpRequest, token: str, stage: str) -> HttpResponse:
    """One stage of a draft: GET shows it as it was left, POST keeps it and goes on, or back."""
    if stage not in ALL_STAGES:
        raise Http404
    draft = _draft(token)
    if stage == "send":
        return _send(request, draft)
    form_class = FORMS[stage]
    if request.method != "POST":
        form = form_class(service=draft.service, typed=draft.draft, request_id=draft.public_id)
        return _stage_page(request, draft.service, stage, form, draft)
    form = form_class(request.POST, service=draft.service, typed=draft.draft, request_id=draft.public_id)
    valid = form.is_valid()
    try:
        limits.check(request, "request-save", SAVES_AN_HOUR, HOUR)
        draft = operations.save_draft(request=draft, typed=form.typed())
    except Refusal as refusal:
        return _refused(request, draft.service, stage, form, refusal, draft)
    if "back" in request.POST:
        return redirect(_address(draft, ALL_STAGES[max(0, ALL_STAGES.index(stage) - 1)]))
    if "show" in request.POST:
        return redirect(_address(draft, stage))
    if not valid:
        return _stage_page(request, draft.service, stage, form, draft)
    return _after(request, draft, stage)


@_of_draft
def request_draft(_request: HttpRequest, token: str) -> HttpResponse:
    """Open a draft where it was left: at the first stage that is not complete."""
    draft = _draft(token)
    for stage in STAGES:
        if check((stage,), draft.service, draft.draft, draft.public_id).errors:
            return redirect(_address(draft, stage))
    return redirect(_address(draft, "send"))


@_of_draft
def request_sent(request: HttpRequest, token: str) -> HttpResponse:
    """Say that a link was mailed; the same words whether the address is known here or not."""
    draft = _draft(token)
    context = {
        "service_name": catalogue.service_name(draft.service),
        "email": draft.draft.get("email", ""),
        "back_url": _address(draft, "organisation"),
        "again_url": _address(draft, "send"),
    }
    return render(request, "admissions/sent.html", context)


def _draft(token: str) -> Request:
    draft = request_by_link("draft", token)
    if draft.state != "draft":
        raise operations.AlreadySent(reference=draft.reference)
    return draft


def _address(draft: Request, stage: str) -> str:
    return reverse("request-stage", args=[token_for("draft", draft.public_id), stage])


def _after(request: HttpRequest, draft: Request, stage: str) -> HttpResponse:
    if not queries.form_state(draft.service).taking:
        return _closed(request, draft)
    return redirect(_address(draft, ALL_STAGES[ALL_STAGES.index(stage) + 1]))


def _closed(request: HttpRequest, draft: Request) -> HttpResponse:
    """The form closed while somebody was typing: kept, mailed, said."""
    operations.tell_form_closed(request=draft)
    draft.refresh_from_db(fields=["told_closed_at", "saved_at"])
    mailed = draft.told_closed_at is not None and draft.told_closed_at >= draft.saved_at
    state = queries.form_state(draft.service)
    context = {
        "service": draft.service,
        "service_name": catalogue.service_name(draft.service),
        "state": state,
        "email": draft.draft.get("email", "") if mailed else "",
        "link": reverse("request-draft", args=[token_for("draft", draft.public_id)]),
        "recap": recap.recap_of(recap.as_typed(draft.service, draft.draft, draft.public_id)),
    }
    return render(request, "admissions/closed.html", context, status=409)


def _known(request: HttpRequest) -> dict[str, Any]:
    person: Any = request.user
    return queries.known_of(person) if person.is_authenticated else {}


def _stage_page(
    request: HttpRequest, service: Service, stage: str, form: StageForm, draft: Request | None = None, status: int = 200
) -> HttpResponse:
    typed = {**(draft.draft if draft else {}), **(form.typed() if form.is_bound else form.initial)}
    context = _around(request, service, stage, typed, draft) | {"form": form, "honeypot": HONEYPOT}
    return render(request, f"admissions/stage_{stage}.html", context, status=status)


def _around(
    request: HttpRequest, service: Service, stage: str, typed: dict[str, Any], draft: Request | None
) -> dict[str, Any]:
    """Return what every stage shows around its form: where one stands, and the request so far."""
    number = ALL_STAGES.index(stage) + 1
    asked = recap.as_typed(service, typed, draft.public_id if draft else "")
    person: Any = request.user
    if person.is_authenticated:
        asked.organisation = queries.surely_of(asked, person)
    lines = recap.lines_to_pay(asked)
    state = queries.form_state(service)
    return {
        "service": service,
        "service_name": catalogue.service_name(service),
        "stages": _stage_labels(service, typed),
        "number": number,
        "stage": stage,
        "asked": asked,
        "alone": is_individual(service, typed),
        "size": queries.size_of(asked),
        "lines": lines,
        "priced": catalogue.current_offer(service) is not None,
        "total": total([line.price for line in lines]) if lines else None,
        "draft_id": draft.public_id if draft else "",
        "kept_for": draft.link_sent_to if draft else "",
        "days": int(host.parameter("draft_days", default=30)),
        "help_address": service.support_address or host.current().contact_address,
        "state": state,
        "wave_name": queries.name_of(state.wave) if state.wave else "",
    }


def _stage_labels(service: Service, typed: dict[str, Any]) -> list[str]:
    first = _("About you") if is_individual(service, typed) else _("Your organisation")
    return [first, _("Room and price"), _("Your needs"), _("Read again and send")]


def _refused(
    request: HttpRequest, service: Service, stage: str, form: StageForm, refusal: Refusal, draft: Request | None = None
) -> HttpResponse:
    form.add_error(None, str(refusal))
    return _stage_page(request, service, stage, form, draft, status=refusal.status)


def _send(request: HttpRequest, draft: Request) -> HttpResponse:
    """Last stage: read again, correct, send."""
    if request.method != "POST":
        return _send_page(request, draft)
    person: Any = request.user if request.user.is_authenticated else None
    try:
        limits.check(request, "request-send", SENDINGS_AN_HOUR, HOUR)
        sent = operations.submit(request=draft, person=person)
    except operations.FormClosed:
        return _closed(request, draft)
    except Refusal as refusal:
        return _send_page(request, draft, refusal)
    if sent.state != "draft":
        messages.success(request, _("Your request has been received. A person will answer you."))
        return redirect("request", sent.public_id)
    return redirect("request-sent", token_for("draft", draft.public_id))


def _send_page(request: HttpRequest, draft: Request, refusal: Refusal | None = None) -> HttpResponse:
    errors = {stage: check((stage,), draft.service, draft.draft, draft.public_id).errors for stage in STAGES}
    context = _around(request, draft.service, "send", draft.draft, draft)
    sections = [
        {
            "stage": stage,
            "label": label,
            "url": _address(draft, stage),
            "errors": list(errors[stage].values()),
            "lines": [line for line in recap.recap_of(context["asked"]) if line.stage == stage],
        }
        for stage, label in zip(STAGES, context["stages"], strict=False)
    ]
    context |= {
        "stages": [(label, _address(draft, stage)) for stage, label in zip(ALL_STAGES, context["stages"], strict=True)],
        "sections": sections,
        "complete": not any(errors.values()),
        "needs_no_link": queries.needs_no_link(context["asked"].email, request.user),
        "refusal": refusal,
        "back_url": _address(draft, "needs"),
        "terms": catalogue.current_terms(draft.service),
    }
    return render(request, "admissions/stage_send.html", context, status=refusal.status if refusal else 200)
