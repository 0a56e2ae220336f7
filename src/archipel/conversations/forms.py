# SPDX-License-Identifier: AGPL-3.0-or-later
"""The forms of a thread and of the mailbox; rules stay in the operations."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from archipel.design.choices import Answer


class SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True
    template_name = "django/forms/widgets/file.html"


class SeveralFilesField(forms.FileField):
    """Any number of files; ``cleaned_data`` is a list."""

    widget = SeveralFilesInput

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        given = data if isinstance(data, list | tuple) else [data]
        return [file for item in given if (file := super(SeveralFilesField, self).clean(item, initial))]


class WordsField(forms.CharField):
    """Words that are expected; a message of files alone is let through, the operation judges both together."""

    def validate(self, value: Any) -> None:
        del value


class ReplyForm(forms.Form):
    """What is written below a thread by the hosted side."""

    use_required_attribute = False
    body = WordsField(label=_("Your message"), widget=forms.Textarea(attrs={"rows": 5, "autocomplete": "off"}))
    # A declared field leaves the class: what Django keeps under this name is not hidden.
    files = SeveralFilesField(  # type: ignore[assignment]  # a list where the base class has one file
        label=_("Files"), required=False, help_text=_("10 MB at most in one message.")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        # A page that shows a thread has other forms: their ids must differ.
        kwargs.setdefault("auto_id", "thread_%s")
        super().__init__(*args, **kwargs)


class DeskReplyForm(ReplyForm):
    """The same at the desk, where a note may be left to colleagues."""

    kind = forms.ChoiceField(label=_("What is it?"), widget=forms.RadioSelect, initial="message")
    field_order = ["kind", "body", "files"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kind = cast(forms.ChoiceField, self.fields["kind"])
        kind.choices = [
            ("message", Answer(gettext("A message"), note=gettext("mailed to those who take part"))),
            ("note", Answer(gettext("An internal note"), note=gettext("never sent, read at the desk only"))),
        ]


class MailboxForm(forms.Form):
    """Where answers by mail arrive."""

    active = forms.BooleanField(label=_("Read this mailbox every minute"), required=False, initial=True)
    server = forms.CharField(label=_("IMAP server"), max_length=253)
    security = forms.ChoiceField(
        label=_("Encryption"),
        choices=[
            ("tls", _("TLS from the first byte (port 993)")),
            ("starttls", _("STARTTLS (port 143)")),
            ("none", _("None: only a server on this very machine")),
        ],
        widget=forms.RadioSelect,
        initial="tls",
    )
    port = forms.IntegerField(label=_("Port"), min_value=1, max_value=65535, initial=993)
    login = forms.CharField(label=_("Name of the mailbox at its server"), max_length=120)
    secret = forms.CharField(
        label=_("Password"),
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("Leave empty to keep the present one. It is kept locked and never shown."),
    )
    folder = forms.CharField(label=_("Folder"), max_length=120, initial="INBOX")
