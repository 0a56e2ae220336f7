# SPDX-License-Identifier: AGPL-3.0-or-later
"""The forms of django-allauth with our words, and those of the profile and the tokens."""

from __future__ import annotations

from typing import Any

from allauth.account import forms as allauth_forms
from allauth.core import context as allauth_context
from django import forms
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from archipel.identity import limits, queries
from archipel.identity.models import SCOPES
from archipel.identity.passphrases import HELP
from archipel.kernel.refusals import TooMany

Words = Any  # text, or text translated when shown
EMAIL = _("E-mail address")
PASSPHRASE = _("Passphrase")
NEW_PASSPHRASE = _("New passphrase")
# To one address, whoever asks: as many as somebody needs whose mail is slow.
MAILS_AN_HOUR = 5


class OurWords:
    """Gives the fields of a library's form our labels and helps, and drops what asks twice or says nothing."""

    words: dict[str, tuple[Words, Words]] = {}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, forms.Field] = self.fields  # type: ignore[attr-defined]  # of the form it is mixed into
        fields.pop("password2", None)
        for name, (label, help_text) in self.words.items():
            fields[name].label, fields[name].help_text = label, help_text
        for field in fields.values():
            field.widget.attrs.pop("placeholder", None)
            field.widget.attrs.pop("style", None)


class LoginForm(OurWords, allauth_forms.LoginForm):
    words = {"login": (EMAIL, ""), "password": (PASSPHRASE, "")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # An application that knows who comes may say it (OpenID Connect Core 1.0, 3.1.2.1).
        self.fields["login"].initial = allauth_context.request.GET.get("login_hint", "")[:254]

    def sign_up_is_open(self) -> bool:
        """Tell the page whether to lead to the sign-up."""
        return queries.sign_up_is_open()


class SignupForm(OurWords, allauth_forms.SignupForm):
    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        help_text=_("As people call you. It is shown to the people of your organisations."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    field_order = ["name", "email", "password1"]
    words = {"email": (EMAIL, _("We send a link there to confirm it.")), "password1": (PASSPHRASE, HELP)}

    def clean_email(self) -> str:
        # Whether or not somebody has it: each attempt writes there, and its reader asked for nothing perhaps.
        try:
            limits.check(self.cleaned_data["email"], "sign_up", MAILS_AN_HOUR, 3600)
        except TooMany as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal
        return str(super().clean_email())

    def try_save(self, request: Any) -> Any:
        # A known address makes no account; it must not answer faster than a new one, whose passphrase is hashed.
        if self.account_already_exists:
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class AddEmailForm(OurWords, allauth_forms.AddEmailForm):
    words = {"email": (_("Another e-mail address"), _("We send a link there to confirm it."))}


class ChangePasswordForm(OurWords, allauth_forms.ChangePasswordForm):
    words = {"oldpassword": (_("Present passphrase"), ""), "password1": (NEW_PASSPHRASE, HELP)}


class SetPasswordForm(OurWords, allauth_forms.SetPasswordForm):
    words = {"password1": (PASSPHRASE, HELP)}


class ResetPasswordForm(OurWords, allauth_forms.ResetPasswordForm):
    words = {"email": (EMAIL, _("The one you sign in with."))}


class ResetPasswordKeyForm(OurWords, allauth_forms.ResetPasswordKeyForm):
    words = {"password1": (NEW_PASSPHRASE, HELP)}


class ReauthenticateForm(OurWords, allauth_forms.ReauthenticateForm):
    words = {"password": (PASSPHRASE, "")}


class ProfileForm(forms.Form):
    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        help_text=_("As people call you. It is shown to the people of your organisations."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    pseudonym = forms.CharField(
        label=_("Pseudonym"),
        required=False,
        max_length=30,
        help_text=_(
            "What applications may call you by: 2 to 30 small letters, digits, dots, hyphens or underscores, beginning "
            "with a letter. Nobody else can ever have it."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "nickname", "autocapitalize": "none", "spellcheck": "false"}),
    )
    language = forms.ChoiceField(
        label=_("Language"),
        choices=settings.LANGUAGES,
        widget=forms.RadioSelect,
        help_text=_("Of the pages, once you are signed in here, and of the messages we send you."),
    )


class TokenForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the token"), max_length=80, help_text=_("The program or the machine that will use it.")
    )
    scopes = forms.MultipleChoiceField(
        label=_("What it may do"),
        choices=list(SCOPES.items()),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Never more than you may do yourself."),
    )
    days = forms.TypedChoiceField(
        label=_("How long it works"),
        coerce=int,
        initial="90",
        choices=[("30", _("30 days")), ("90", _("90 days")), ("365", _("A year")), ("0", _("Until I revoke it"))],
        widget=forms.RadioSelect,
    )
