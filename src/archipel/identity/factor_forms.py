# SPDX-License-Identifier: AGPL-3.0-or-later
"""The forms of allauth.mfa with our words and our rules: a code is taken once, what is no passkey is refused."""

from __future__ import annotations

from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base
from allauth.mfa.recovery_codes.forms import GenerateRecoveryCodesForm as LibraryGenerateForm
from allauth.mfa.totp import forms as totp
from allauth.mfa.webauthn import forms as webauthn
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from archipel.identity import limits, one_time_codes, operations
from archipel.identity.forms import OurWords
from archipel.identity.mfa_adapter import NOT_TAKEN, WRONG_CODE
from archipel.kernel.refusals import Refusal

CODE_HELP = _("Six digits that your application shows now, or one of your recovery codes.")
NAME_LENGTH = 60
# What parsing an answer that no browser made may raise, deep in the library that reads it.
NO_ANSWER = (TypeError, ValueError, KeyError, AttributeError, IndexError, OverflowError)

NO_PASSKEY = _("Passkeys need a browser with JavaScript. There is another way below.")


def _code_field(help_text: Any) -> forms.CharField:
    attrs = {"autocomplete": "one-time-code", "inputmode": "numeric", "spellcheck": "false"}
    return forms.CharField(label=_("Code"), max_length=20, help_text=help_text, widget=forms.TextInput(attrs=attrs))


class _TakesCode:
    """Takes a code by our operation: each serves once, tries are counted."""

    user: Any
    cleaned_data: dict[str, Any]

    def clean_code(self) -> str:
        try:
            self.authenticator = operations.use_code(person=self.user, code=self.cleaned_data["code"])
        except Refusal as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal
        return str(self.cleaned_data["code"])


class AuthenticateForm(_TakesCode, base.AuthenticateForm):
    code = _code_field(CODE_HELP)


class ReauthenticateForm(_TakesCode, base.ReauthenticateForm):
    code = _code_field(CODE_HELP)


class ActivateTotpForm(totp.ActivateTOTPForm):
    code = _code_field(_("The six digits that your application shows once it knows the key."))

    def secret_in_groups(self) -> str:
        """Return the key as it is typed by hand: applications do not mind the spaces."""
        return " ".join(self.secret[start : start + 4] for start in range(0, len(self.secret), 4))

    def clean_code(self) -> str:
        try:
            limits.check(f"person:{self.user.pk}", "activate_codes", 10, 300)
        except Refusal as refusal:
            raise ValidationError(str(refusal), code=refusal.code) from refusal
        code = str(self.cleaned_data["code"])
        if one_time_codes.step_of(self.secret, code) is None:
            raise ValidationError(WRONG_CODE)
        return code


class GenerateRecoveryCodesForm(LibraryGenerateForm):
    """Nothing to type."""


class _ReadsPasskey:
    """Refuses in words what no browser would answer, above the form: nobody types into its field."""

    said_at: str | None = None

    def full_clean(self) -> None:
        form: Any = self
        try:
            super().full_clean()  # type: ignore[misc]  # of the form it is mixed into
        except NO_ANSWER:
            form.add_error(self.said_at, get_adapter().validation_error("incorrect_code"))
        if "credential" in form.errors:
            del form.errors["credential"]
            form.add_error(self.said_at, NO_PASSKEY if not form.data.get("credential") else NOT_TAKEN)


class AddPasskeyForm(_ReadsPasskey, OurWords, webauthn.AddWebAuthnForm):
    name = forms.CharField(
        label=_("Name of this passkey"),
        required=False,
        max_length=NAME_LENGTH,
        help_text=_("So that you know it again: “my telephone”, “blue key”."),
    )


class EditPasskeyForm(OurWords, webauthn.EditWebAuthnForm):
    name = forms.CharField(label=_("Name of this passkey"), max_length=NAME_LENGTH)


class SignInPasskeyForm(_ReadsPasskey, webauthn.LoginWebAuthnForm):
    """One's own browser must have asked for this answer, and the person must be one who may sign in."""

    # The library's page says what is found there, on the page of sign-in.
    said_at = "credential"

    def clean_credential(self) -> Any:
        authenticator = super().clean_credential()
        if not authenticator.user.is_active:
            raise get_adapter().validation_error("incorrect_code")
        return authenticator


class AuthenticatePasskeyForm(_ReadsPasskey, webauthn.AuthenticateWebAuthnForm):
    """The second factor of who has just given their passphrase."""


class ReauthenticatePasskeyForm(_ReadsPasskey, webauthn.ReauthenticateWebAuthnForm):
    """Proof that it is still oneself."""

    said_at = "credential"
