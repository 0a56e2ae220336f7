# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from allauth.mfa.recovery_codes.views import ViewRecoveryCodesView
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from archipel.design.errors import error_page
from archipel.host.gate import signed_in
from archipel.identity import access, limits, operations, queries
from archipel.identity.forms import ProfileForm, TokenForm
from archipel.kernel.refusals import Refusal

# Where somebody was going when they were asked for a second factor first; kept in their session.
GOING = "after_second_factor"


@signed_in
def profile(request: HttpRequest) -> HttpResponse:
    """Name, pseudonym and language; the language of the pages follows at once."""
    person: Any = request.user
    initial = {"name": person.name, "pseudonym": person.pseudonym, "language": person.language}
    form = ProfileForm(request.POST or None, initial=initial)
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


@signed_in
@never_cache
def sessions(request: HttpRequest) -> HttpResponse:
    """Where a person is signed in."""
    person: Any = request.user
    return render(
        request, "identity/sessions.html", {"lines": queries.sessions_of(person, request.session.session_key)}
    )


@signed_in
@require_POST
def end_session(request: HttpRequest, public_id: str) -> HttpResponse:
    person: Any = request.user
    operations.end_session(session=access.session_of(person, public_id), by=person)
    messages.success(request, _("That device is signed out."))
    return redirect("account-sessions")


@signed_in
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    person: Any = request.user
    operations.end_other_sessions(person=person, keep=request.session.session_key)
    messages.success(request, _("You are signed out everywhere else."))
    return redirect("account-sessions")


@require_safe
@signed_in
@never_cache
def second_factor_needed(request: HttpRequest) -> HttpResponse:
    """Say why a page waits for a second factor, and lead to the two ways of having one."""
    person: Any = request.user
    going = request.GET.get("next", "")
    if not url_has_allowed_host_and_scheme(going, allowed_hosts={request.get_host()}):
        going = settings.LOGIN_REDIRECT_URL
    if queries.has_second_factor(person):
        return redirect(going)
    request.session[GOING] = going
    return render(request, "identity/second_factor_needed.html")


@method_decorator(never_cache, name="dispatch")
class RecoveryCodes(ViewRecoveryCodesView):
    """The library's page, which also leads back to where a second factor was asked for."""

    def get_context_data(self, **options: Any) -> dict[str, Any]:
        return {**super().get_context_data(**options), "going": self.request.session.get(GOING, "")}


recovery_codes = RecoveryCodes.as_view()


def too_many(request: HttpRequest) -> HttpResponse:
    """Say that a limit was reached (setting ``handler429`` of the root addresses, asked for by django-allauth)."""
    return error_page(request, 429)
