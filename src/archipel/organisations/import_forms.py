# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from archipel.identity.models import Client
from archipel.organisations.models import Kind
from archipel.organisations.moving.decoding import ENCODINGS

ENCODING_NAMES = {
    "utf-8": "UTF-8",
    "windows-1252": "Windows-1252",
    "latin-1": "Latin-1 (ISO 8859-1)",
    "utf-16": "UTF-16",
}


class SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class SeveralFiles(forms.FileField):
    """One or several files of one field."""

    widget = SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data]
        return [super(SeveralFiles, self).clean(one, initial) for one in given]


class ImportForm(forms.Form):
    files = SeveralFiles(  # type: ignore[assignment]  # the metaclass takes fields out of the class
        label=_("Files"),
        help_text=_("CSV tables, an LDIF directory or the export of a Keycloak realm; several at once if you like."),
        max_length=200,
    )
    confirmed = forms.BooleanField(
        label=_("The former software had every address of these files confirmed by its reader"),
        required=False,
        help_text=_(
            "Only then are passphrases kept and existing accounts adopted. A table may say it line by line, and a "
            "Keycloak realm always does."
        ),
    )
    kind = forms.ChoiceField(
        label=_("Legal form of organisations whose file says none"),
        choices=[choice for choice in Kind.choices if choice[0] != Kind.HOST],
        initial=Kind.ASSOCIATION,
    )
    applications = forms.CharField(
        label=_("Applications where people have the user names of the directory"),
        required=False,
        max_length=300,
        help_text=_("For LDIF and Keycloak, separated by commas. Example: nextcloud, git"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    encoding = forms.ChoiceField(
        label=_("Encoding"),
        required=False,
        choices=[("", _("found by itself")), *[(name, ENCODING_NAMES[name]) for name in ENCODINGS]],
    )

    def given(self) -> dict[str, Any]:
        """Return what the operation takes."""
        answers = self.cleaned_data
        return {
            "files": [(file.name, file.read()) for file in answers["files"]],
            "confirmed": answers["confirmed"],
            "kind": answers["kind"],
            "applications": answers["applications"].split(","),
            "encoding": answers["encoding"],
        }


class LinkForm(forms.Form):
    """Which client an application of the former software is."""

    application = forms.CharField(widget=forms.HiddenInput, max_length=100)
    client = forms.ChoiceField(label=_("Application here"), required=False)

    def __init__(self, *args: Any, clients: list[Client], application: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Several of these forms stand on one page.
        self.fields["client"].choices = [  # type: ignore[attr-defined]  # stubs know no kind of field
            ("", _("the one called “%(name)s”") % {"name": application}),
            *[(client.public_id, client.name) for client in clients],
        ]
