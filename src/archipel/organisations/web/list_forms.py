# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from archipel.organisations import lists


class ListForm(forms.Form):
    """A list, pasted or as a file; the file wins when both are given."""

    text = forms.CharField(
        label=_("The list"),
        max_length=lists.MOST_BYTES,
        widget=forms.Textarea(attrs={"rows": 10, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_(
            "One person a line: name; address; role. The role may be left out: member. Addresses alone are fine too."
        ),
    )
    file = forms.FileField(
        label=_("Or a CSV file"),
        required=False,
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
        help_text=_("As a spreadsheet saves it. What it holds is shown in the list above, to be corrected there."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].required = not self.files.get("file")

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file and file.size > lists.MOST_BYTES:
            raise forms.ValidationError(_("This file is too large for a list of at most %d people.") % lists.MOST_LINES)
        return file

    def typed(self) -> str:
        """Return the list as it was typed or sent, its line ends alike."""
        file = self.cleaned_data["file"]
        text: str = lists.text_of(file.read()) if file else self.cleaned_data["text"]
        return text.replace("\r\n", "\n").replace("\r", "\n").strip("\n \ufeff")
