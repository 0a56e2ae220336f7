# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from archipel.design.errors import error_page
from archipel.host.gate import signed_in
from archipel.identity import access, limits, operations, queries
from archipel.identity.forms import ProfileForm, TokenForm
from archipel.kernel.refusals import Refusal


@signed_in
def profile(request: HttpRequest) -> HttpResponse:
    """Name and language; the language of the pages follows at once."""
    person: Any = request.user
    form = ProfileForm(request.POST or None, initial={"name": person.name, "language": person.language})
    if request.method == "POST" and form.is_valid():
        try:
            operations.change_profile(person=person, **form.cleaned_data)
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            return _saved(request, person.language)
    return render(request, "identity/profile.html", {"form": form, "addresses": queries.addresses_of(person)})


def _saved(request: HttpRequest, language: str) -> HttpResponse:
    with translation.override(language):
        messages.success(request, _("Your profile is saved."))
    response = redirect("account-profile")
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        samesite="Lax",
    )
    return response


@signed_in
@never_cache
def tokens(request: HttpRequest) -> HttpResponse:
    """The tokens of a person; a new one is shown on the answer to its form, and nowhere else."""
    person: Any = request.user
    form = TokenForm(request.POST or None)
    secret = ""
    if request.method == "POST" and form.is_valid():
        try:
            limits.check(f"person:{person.pk}", "issue_token", 20, 3600)
            answers = form.cleaned_data
            _token, secret = operations.issue_token(
                person=person, name=answers["name"], scopes=answers["scopes"], days=answers["days"] or None
            )
        except Refusal as refusal:
            form.add_error(refusal.field or None, str(refusal))
        else:
            form = TokenForm()
    context = {"form": form, "secret": secret, "lines": queries.tokens_of(person)}
    return render(request, "identity/tokens.html", context)


@signed_in
@require_POST
def revoke_token(request: HttpRequest, public_id: str) -> HttpResponse:
    person: Any = request.user
    operations.revoke_token(token=access.token_of(person, public_id), by=person)
    messages.success(request, _("The token no longer works."))
    return redirect("account-tokens")


def too_many(request: HttpRequest) -> HttpResponse:
    """Say that a limit was reached (setting ``handler429`` of the root addresses, asked for by django-allauth)."""
    return error_page(request, 429)
