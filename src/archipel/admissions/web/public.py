# SPDX-License-Identifier: AGPL-3.0-or-later
"""Public pages beside the form: confirming, following without an account, waves, "tell me when it opens"."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from archipel.admissions import operations, queries, recap
from archipel.admissions.access import request_by_link
from archipel.admissions.links import token_for
from archipel.admissions.states import WAVE_LABELS, WAVE_TONES
from archipel.admissions.web.following import follow_context, link_over
from archipel.admissions.web.forms import HONEYPOT, AnswerForm, TellMeForm
from archipel.catalogue import queries as catalogue
from archipel.conversations import queries as conversations
from archipel.host.queries import in_language
from archipel.identity import limits
from archipel.kernel.refusals import Invalid, NotFound, Refusal, TooMany

HOUR = 3600
CONFIRMATIONS_AN_HOUR, ALERTS_AN_HOUR = 60, 20


@require_http_methods(["GET", "HEAD", "POST"])
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows what will be confirmed; only POST acts, so that a program which follows links changes nothing."""
    limits.check(request, "request-confirm", CONFIRMATIONS_AN_HOUR, HOUR)
    try:
        if request.method == "POST":
            confirmed = operations.confirm_address(token=token)
            messages.success(request, _("Thank you: your request is confirmed."))
            return redirect("request-follow", token_for("follow", confirmed.public_id))
        draft = operations.request_to_confirm(token=token)
    except (operations.LinkUsed, operations.LinkExpired) as refusal:
        return link_over(request, refusal)
    context = {
        "draft": draft,
        "service_name": catalogue.service_name(draft.service),
        "lines": recap.recap_of(draft),
    }
    return render(request, "admissions/confirm.html", context)


@require_GET
def follow(request: HttpRequest, token: str) -> HttpResponse:
    """Follow a request by the secret link of its mails, without an account."""
    return _follow_page(request, token, AnswerForm())


def _follow_page(request: HttpRequest, token: str, form: AnswerForm, status: int = 200) -> HttpResponse:
    asked = request_by_link("follow", token)
    conversation = conversations.about("request", asked.public_id)
    context = follow_context(asked) | {
        "token": token,
        "form": form,
        "thread": conversations.thread(conversation, for_host=False) if conversation else None,
    }
    return render(request, "admissions/follow.html", context, status=status)


@require_POST
def follow_answer(request: HttpRequest, token: str) -> HttpResponse:
    """Answer in the thread without an account: the link was read in the asker's mailbox."""
    asked = request_by_link("follow", token)
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            operations.answer(request=asked, body=form.cleaned_data["body"])
        except Refusal as refusal:
            form.add_error("body", str(refusal))
        else:
            messages.success(request, _("Your message is sent."))
            return redirect("request-follow", token)
    return _follow_page(request, token, form, status=422)


@require_POST
def follow_withdraw(request: HttpRequest, token: str) -> HttpResponse:
    operations.withdraw(request=request_by_link("follow", token))
    messages.success(request, _("Your request is withdrawn."))
    return redirect("request-follow", token)


@require_http_methods(["GET", "HEAD", "POST"])
def tell_me(request: HttpRequest, slug: str) -> HttpResponse:
    """Leave an address to be told, once, when a service opens."""
    service = catalogue.shown_service(slug)
    state = queries.form_state(service)
    context: dict[str, Any] = {"service": service, "service_name": catalogue.service_name(service), "state": state}
    context["wave_name"] = queries.name_of(state.next_wave) if state.next_wave else ""
    if request.method != "POST":
        if state.taking:
            return redirect("request-form", slug)
        return render(request, "admissions/tell_me.html", context | {"form": TellMeForm(), "honeypot": HONEYPOT})
    form = TellMeForm(request.POST)
    try:
        limits.check(request, "alert", ALERTS_AN_HOUR, HOUR)
        if form.is_valid() and not request.POST.get(HONEYPOT):
            operations.ask_to_be_told(
                service=service, email=form.cleaned_data["email"], language=get_language() or "fr"
            )
    except (TooMany, Invalid) as refusal:
        form.add_error(None, str(refusal))
        return render(
            request, "admissions/tell_me.html", context | {"form": form, "honeypot": HONEYPOT}, status=refusal.status
        )
    if not form.is_valid():
        return render(request, "admissions/tell_me.html", context | {"form": form, "honeypot": HONEYPOT})
    return render(request, "admissions/tell_me_sent.html", context | {"email": form.cleaned_data["email"]})


@require_http_methods(["GET", "HEAD", "POST"])
def alert_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """Confirm on POST."""
    alert = operations.confirm_alert(token=token) if request.method == "POST" else operations.alert_of(token=token)
    context = {"alert": alert, "service_name": catalogue.service_name(alert.service), "token": token}
    return render(request, "admissions/alert_confirm.html", context)


@csrf_exempt  # RFC 8058: mail programs POST here without cookie, session or page
@require_http_methods(["GET", "HEAD", "POST"])
def alert_leave(request: HttpRequest, token: str) -> HttpResponse:
    """GET shows a page with one button; POST leaves. A link already used says the same."""
    if request.method == "POST":
        operations.leave_alert(token=token)
        return render(request, "admissions/alert_left.html")
    try:
        alert = operations.alert_of(token=token)
    except NotFound:
        return render(request, "admissions/alert_left.html")
    return render(
        request, "admissions/alert_leave.html", {"service_name": catalogue.service_name(alert.service), "token": token}
    )


@require_GET
def wave(request: HttpRequest, public_id: str) -> HttpResponse:
    """What is public of a wave; its report once it is closed."""
    found = queries.wave_by_id(public_id)
    closed = found.state == "closed"
    report = queries.report_of(found) if closed else None
    context = {
        "wave": found,
        "name": queries.name_of(found),
        "service_name": catalogue.service_name(found.service),
        "criteria": in_language(found.criteria),
        "state_label": WAVE_LABELS[found.state],
        "tone": WAVE_TONES[found.state],
        "taken": queries.places_taken([found]).get(found.pk, 0),
        "taking": queries.form_state(found.service).wave == found,
        "report": report,
        "figures": queries.figures_of(report) if report else [],
    }
    return render(request, "admissions/wave.html", context)


@require_GET
def wave_report_csv(_request: HttpRequest, public_id: str) -> HttpResponse:
    found = queries.wave_by_id(public_id)
    if found.state != "closed":
        raise NotFound
    return table(f"wave-{public_id}.csv", queries.report_rows(found))


@require_GET
def wave_order_csv(_request: HttpRequest, public_id: str) -> HttpResponse:
    """The order of a closed wave: ranks and public ids, without a name."""
    found = queries.wave_by_id(public_id)
    if found.state != "closed":
        raise NotFound
    return table(f"order-{public_id}.csv", queries.order_rows(found))


def table(name: str, rows: Iterable[tuple[str, ...]]) -> HttpResponse:
    """Return rows as a CSV file that spreadsheets do not take for formulas."""
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    writer = csv.writer(answer)
    for row in rows:
        writer.writerow([f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in row])
    return answer
