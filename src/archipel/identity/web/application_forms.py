# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the desk types of an application."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from archipel.design.choices import Answer
from archipel.identity.models import Client, ClientKind, Subject
from archipel.identity.scopes import APPLICATION_CLAIMS, APPLICATION_SCOPES
from archipel.kernel.refusals import Refusal


def _named(words: dict[str, str | Promise]) -> list[tuple[str, str]]:
    return [(name, Answer(name, note=said)) for name, said in words.items()]


class LinesField(forms.CharField):
    """Several addresses, one a line."""

    widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false"})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class ApplicationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("As people know it."))
    home_url = forms.CharField(
        label=_("Its address"), max_length=500, required=False, help_text=_("Where people open it.")
    )
    redirect_uris = LinesField(
        label=_("Addresses people are led back to"), required=False, max_length=5000,
        help_text=_("One a line, as its documentation calls “redirect URI” or “callback”. Compared letter by letter."),
    )  # fmt: skip
    post_logout_redirect_uris = LinesField(
        label=_("Addresses people are led to after signing out"), required=False, max_length=5000, help_text=_("One a line.")
    )  # fmt: skip
    backchannel_logout_uri = forms.CharField(
        label=_("Address of its back-channel logout"), max_length=500, required=False,
        help_text=_("It is told there within a minute when somebody may no longer enter. Leave it empty when it knows none."),
    )  # fmt: skip
    session_minutes = forms.IntegerField(
        label=_("Minutes it keeps somebody in by itself"), required=False, min_value=1, max_value=1_000_000,
        help_text=_("Without back-channel logout: referents then read how long somebody may still be in."),
    )  # fmt: skip
    scopes = forms.MultipleChoiceField(
        label=_("What it may ask for"), choices=_named(APPLICATION_SCOPES), widget=forms.CheckboxSelectMultiple,
        required=False, initial=["openid", "profile", "email"],
    )  # fmt: skip
    claims = forms.MultipleChoiceField(
        label=_("What it is told besides"), choices=_named(APPLICATION_CLAIMS), widget=forms.CheckboxSelectMultiple,
        required=False, help_text=_("Only about the organisations and spaces a person enters it through."),
    )  # fmt: skip
    asks_consent = forms.BooleanField(
        label=_("Others run it: people are asked before it learns anything"), required=False
    )
    refreshes = forms.BooleanField(
        label=_("It may stay signed in while people are away (offline_access)"), required=False, initial=True
    )
    signs_in_itself = forms.BooleanField(
        label=_("It may sign in as itself, without a person (client credentials)"), required=False
    )
    sector = forms.CharField(
        label=_("Host name its own identifiers are made for"), max_length=253, required=False,
        help_text=_("Only with an identifier of its own. Written down from the first address when left empty; it stays when the application moves."),
    )  # fmt: skip
    pkce_exemption = forms.CharField(
        label=_("Why it sends no proof key"), max_length=300, required=False,
        help_text=_("Leave it empty: the proof key (PKCE) is then required, which protects codes that leak."),
    )  # fmt: skip

    @classmethod
    def values_of(cls, client: Client) -> dict[str, Any]:
        """Return the initial values of the form for an application."""
        return {name: getattr(client, name) for name in cls.base_fields if hasattr(client, name)}


class NewApplicationForm(ApplicationForm):
    kind = forms.ChoiceField(
        label=_("Does it keep a secret?"), choices=ClientKind.choices, widget=forms.RadioSelect,
        initial=ClientKind.CONFIDENTIAL,
    )  # fmt: skip
    subject = forms.ChoiceField(
        label=_("How it knows people again"), choices=Subject.choices, widget=forms.RadioSelect, initial=Subject.PUBLIC,
        help_text=_("This and the question above cannot be changed later: register another application instead."),
    )  # fmt: skip
    field_order = ["name", "kind", "home_url", "redirect_uris", "post_logout_redirect_uris"]


def refuse(form: forms.Form, refusal: Refusal) -> None:
    """Show a refusal beside the field it names, or above the form; an address it names is said."""
    address = refusal.details.get("address", "")
    form.add_error(
        refusal.field if refusal.field in form.fields else None, f"{refusal} ({address})" if address else str(refusal)
    )
