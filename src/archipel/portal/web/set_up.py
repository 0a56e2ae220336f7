# SPDX-License-Identifier: AGPL-3.0-or-later
"""The set-up page of ``./run --empty``, behind the code of the terminal, and the page after it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from archipel.host import queries as host
from archipel.host.mail_records import check_mail_records
from archipel.identity import limits
from archipel.identity.entering import sign_in
from archipel.kernel.refusals import NotFound, Refusal
from archipel.mailing import operations as mailing
from archipel.portal import set_up as operations
from archipel.portal.web.settings_forms import HostForm, refuse

# Which invitation whoever typed the code may answer at once; kept in their session until they do.
MARK = "first_administrator"
TRIES, WINDOW = 10, 15 * 60
METHODS = ["GET", "HEAD", "POST"]


class SetUpForm(HostForm):
    """Everything a host says of itself, its sites' domain, and who administers it first."""

    code = forms.CharField(
        label=gettext_lazy("One-time code"), max_length=40, help_text=gettext_lazy("The terminal shows it."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "spellcheck": "false"}),
    )  # fmt: skip
    sites_domain = forms.CharField(
        label=gettext_lazy("Domain of the hosted sites"), max_length=253,
        help_text=gettext_lazy("Another registered domain than the portal's, such as example.net. It is hard to change later."),
    )  # fmt: skip
    administrator_name = forms.CharField(label=gettext_lazy("Name of the first administrator"), max_length=120)
    administrator_email = forms.EmailField(
        label=gettext_lazy("E-mail of the first administrator"),
        help_text=gettext_lazy("An invitation is mailed there."),
    )

    def given(self) -> dict[str, Any]:
        apart = ("code", "administrator_name", "administrator_email")
        return {name: value for name, value in self.cleaned_data.items() if name not in apart}


class PassphraseForm(forms.Form):
    passphrase = forms.CharField(
        label=gettext_lazy("Your passphrase"), strip=False, max_length=200,
        help_text=gettext_lazy("Twelve signs at least. Four or five words that only you put together are best."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )  # fmt: skip


class TestMessageForm(forms.Form):
    to = forms.EmailField(label=gettext_lazy("Send a test message to"))


def _language() -> str:
    return (get_language() or "fr").split("-")[0]


@never_cache
@sensitive_post_parameters("code")
@require_http_methods(METHODS)
def set_up(request: HttpRequest) -> HttpResponse:
    """Ask for everything on one page; nothing typed is lost on an error. Gone once the host is set up."""
    if settings.DEMONSTRATION or host.current().set_up_at:
        raise NotFound
    initial = {"portal_url": f"{request.scheme}://{request.get_host()}", "languages": [_language()]}
    form = SetUpForm(request.POST or None, initial=initial | {"code": request.GET.get("code", "")[:40]})
    if request.method == "POST" and form.is_valid() and _done(request, form):
        return redirect("set-up-done")
    return render(request, "portal/set_up.html", {"form": form}, status=422 if form.errors else 200)


def _done(request: HttpRequest, form: SetUpForm) -> bool:
    typed = form.cleaned_data
    try:
        limits.check(request, "set-up", TRIES, WINDOW)
        operations.set_up_host(
            code=typed["code"], given=form.given(), administrator_name=typed["administrator_name"],
            administrator_email=typed["administrator_email"], language=_language(),
        )  # fmt: skip
    except Refusal as refusal:
        refuse(form, refusal)
        return False
    request.session.cycle_key()
    request.session[MARK] = typed["administrator_email"]
    return True


@never_cache
@sensitive_post_parameters("passphrase")
@require_http_methods(METHODS)
def set_up_done(request: HttpRequest) -> HttpResponse:
    """Check outgoing mail, send a test message, and choose a passphrase at once instead of waiting for the invitation."""
    invitation = operations.first_invitation(email=request.session.get(MARK, ""))
    if invitation is None:
        raise NotFound
    form = PassphraseForm(request.POST if "passphrase" in request.POST else None)
    message = TestMessageForm(request.POST if "to" in request.POST else None, initial={"to": invitation.email})
    if message.is_bound and message.is_valid():
        send_test_message(request, message)
        return redirect("set-up-done")
    if form.is_bound and form.is_valid():
        try:
            person = operations.enter_as_administrator(
                invitation=invitation, passphrase=form.cleaned_data["passphrase"], language=_language()
            )
        except Refusal as refusal:
            refuse(form, refusal)
        else:
            del request.session[MARK]
            sign_in(request, person)
            return redirect("desk-today")
    context = {
        "form": form,
        "message": message,
        "invitation": invitation,
        "records": check_mail_records(host.current(), settings.MAIL_SERVER),
        "mail_server": settings.MAIL_SERVER,
    }
    status = 422 if form.errors or message.errors else 200
    return render(request, "portal/set_up_done.html", context, status=status)


def send_test_message(request: HttpRequest, form: TestMessageForm) -> None:
    """Send it and say so, or say why not."""
    try:
        limits.check(request, "test-message", TRIES, WINDOW)
        mailing.send_test(to=form.cleaned_data["to"], language=_language())
    except Refusal as refusal:
        messages.error(request, str(refusal))
    else:
        if not (settings.MAIL_SERVER or settings.DEMONSTRATION):
            messages.warning(request, _("The test message is written, and waits: no server sends your mail yet."))
            return
        messages.success(request, _("The test message is on its way. If nothing comes, look at the mails of the desk."))
