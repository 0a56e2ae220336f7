# SPDX-License-Identifier: AGPL-3.0-or-later
"""The settings at the desk: what the host says of itself, its texts, its dated parameters, its outgoing mail."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from archipel.host import operations as host_operations
from archipel.host import queries as host
from archipel.host.gate import desk
from archipel.host.mail_records import check_mail_records
from archipel.host.models import Parameter
from archipel.host.parameters import DEFINED
from archipel.kernel import clock
from archipel.kernel.money import Money
from archipel.kernel.refusals import NotFound, Refusal
from archipel.organisations.models import Kind, Role
from archipel.portal.web.set_up import METHODS, TestMessageForm, send_test_message
from archipel.portal.web.settings_forms import PARAMETER_FORMS, TEXTS, HostForm, HostTextsForm, refuse


@desk("settings")
@require_http_methods(METHODS)
def host_settings(request: HttpRequest) -> HttpResponse:
    found = host.current()
    form = HostForm(request.POST or None, initial=HostForm.values_of(found))
    if request.method == "POST" and form.is_valid():
        try:
            host_operations.change_host(changes=form.cleaned_data, by=request.user)
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("desk-settings")
    context = {"form": form, "found": found, "languages": settings.LANGUAGES, "parameters": list(DEFINED.items())}
    return render(request, "portal/settings.html", context, status=422 if form.errors else 200)


@desk("settings")
@require_http_methods(METHODS)
def host_texts(request: HttpRequest, language: str) -> HttpResponse:
    """Write the host's own texts in one language; the button "preview" shows them without saving."""
    if language not in dict(settings.LANGUAGES):
        raise NotFound
    written = host.texts([key for key, _label, _long in TEXTS], language)
    initial = {key.replace("/", "-"): text.body for key, text in written.items() if text.language == language}
    form = HostTextsForm(request.POST or None, initial=initial)
    preview = []
    if request.method == "POST" and form.is_valid():
        if "preview" not in request.POST:
            host_operations.write_texts(texts=form.texts(), language=language, by=request.user)
            messages.success(request, _("Saved."))
            return redirect("desk-settings-texts", language=language)
        labels = {key: label for key, label, _long in TEXTS}
        preview = [(labels[key], body) for key, body in form.texts().items() if body]
    context = {"form": form, "language": language, "languages": settings.LANGUAGES, "preview": preview}
    return render(request, "portal/settings_texts.html", context, status=422 if form.errors else 200)


@desk("settings")
@require_http_methods(METHODS)
def host_parameter(request: HttpRequest, key: str) -> HttpResponse:
    """Change a figure from a day on; what counted before stays readable."""
    if key not in DEFINED:
        raise NotFound
    kind = PARAMETER_FORMS[key]
    form = kind(request.POST or None, initial={"since": clock.today()} | kind.typed(host.parameter(key)))
    if request.method == "POST" and form.is_valid():
        try:
            host_operations.set_parameter(
                key=key, value=form.given(), since=form.cleaned_data["since"], by=request.user
            )
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            messages.success(request, _("Saved."))
            return redirect("desk-settings-parameter", key=key)
    context = {
        "form": form,
        "key": key,
        "definition": DEFINED[key],
        "dates": [(row.since, _words(row), row.since > clock.today()) for row in host.parameter_dates(key)],
    }
    return render(request, "portal/settings_parameter.html", context, status=422 if form.errors else 200)


def _words(row: Parameter) -> list[str]:
    value: Any = row.value
    if isinstance(value, list):
        return [str(Role(role).label) for role in value] or [_("Nobody")]
    if not isinstance(value, dict):
        return [str(DEFINED[row.key].choices.get(str(value), value))]
    labels = dict(Kind.choices)
    return [f"{labels.get(kind, kind)} {Money(cents)}" for kind, cents in value.items()]


@desk("settings")
@require_http_methods(METHODS)
def mail_check(request: HttpRequest) -> HttpResponse:
    """Show what the DNS says of our mail beside what it should say, and send a test message."""
    form = TestMessageForm(request.POST or None, initial={"to": getattr(request.user, "email", "")})
    if request.method == "POST" and form.is_valid():
        send_test_message(request, form)
        return redirect("desk-mail-check")
    found = host.current()
    context = {
        "message": form,
        "found": found,
        "records": check_mail_records(found, settings.MAIL_SERVER),
        "mail_server": settings.MAIL_SERVER,
    }
    return render(request, "portal/settings_mail.html", context, status=422 if form.errors else 200)
