# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the desk types of a place for back-ups. Secrets are typed, never shown again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from archipel.kernel.refusals import Refusal
from archipel.machines.models import BackupPlace, PlaceKind, Site

OF_KIND: dict[str, tuple[str, ...]] = {
    PlaceKind.FOLDER: (),
    PlaceKind.S3: ("access_key", "secret_key", "region"),
    PlaceKind.SFTP: ("private_key", "known_host", "port"),
}
CREDENTIALS = tuple(name for names in OF_KIND.values() for name in names)


def refuse(form: forms.Form, refusal: Refusal) -> None:
    """Show a refusal beside the field it names, or above the form."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


def _number(label: Any, initial: int) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=1000, initial=initial)


class PlaceForm(forms.Form):
    """A place that is known: its kind stays, and secrets left empty stay as they are."""

    name = forms.CharField(label=_("Name"), max_length=100, help_text=_("As you will read it on Today."))
    location = forms.CharField(
        label=_("Where"), max_length=300,
        help_text=_(
            "A folder: /mnt/copies. An S3 storage: https://storage.example/bucket/folder. Another machine: user@machine:/folder. "
            "A folder of its own, where nothing else is."
        ),
    )  # fmt: skip
    site = forms.ModelChoiceField(
        label=_("On which site"), queryset=Site.objects.order_by("name"), required=False, empty_label=_("Not said yet"),
        help_text=_("Another one than the machines’, in another country if you can: one fire must not take both."),
    )  # fmt: skip
    run_by = forms.CharField(
        label=_("Who runs it"), max_length=120, required=False, help_text=_("Leave it empty when it is yours.")
    )
    keep_daily = _number(_("Daily back-ups that stay"), 7)
    keep_weekly = _number(_("Weekly back-ups that stay"), 4)
    keep_monthly = _number(_("Monthly back-ups that stay"), 6)
    access_key = forms.CharField(label=_("Access key"), max_length=200, required=False)
    secret_key = forms.CharField(
        label=_("Secret key"), max_length=200, required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    region = forms.CharField(label=_("Region"), max_length=60, required=False, help_text=_("Often empty."))
    private_key = forms.CharField(
        label=_("Private key"), max_length=8000, required=False,
        widget=forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "autocomplete": "off"}),
        help_text=_("Made for this alone, without a passphrase; as OpenSSH writes it."),
    )  # fmt: skip
    known_host = forms.CharField(
        label=_("Key of the other machine"), max_length=2000, required=False,
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
        help_text=_("The line that “ssh-keyscan” prints, compared with what its administrator told you."),
    )  # fmt: skip
    port = forms.IntegerField(label=_("Port of the other machine"), min_value=1, max_value=65535, required=False)

    def __init__(self, *given: Any, kind: str = "", **named: Any) -> None:
        """``kind``: ask for the secrets of this kind of place only."""
        super().__init__(*given, **named)
        for name in CREDENTIALS if kind else ():
            if name not in OF_KIND[kind]:
                del self.fields[name]

    @classmethod
    def values_of(cls, place: BackupPlace) -> dict[str, Any]:
        """Return the initial values of the form for a place, without its secrets."""
        return {name: getattr(place, name) for name in cls.base_fields if hasattr(place, name)}

    @property
    def credentials(self) -> dict[str, str]:
        """Return what was typed of the secrets."""
        return {name: str(self.cleaned_data.get(name) or "").strip() for name in CREDENTIALS}

    @property
    def values(self) -> dict[str, Any]:
        """Return everything else."""
        return {name: value for name, value in self.cleaned_data.items() if name not in CREDENTIALS}


class NewPlaceForm(PlaceForm):
    kind = forms.ChoiceField(
        label=_("What is it?"), choices=PlaceKind.choices, widget=forms.RadioSelect, initial=PlaceKind.FOLDER
    )
    field_order = ("name", "kind")

    def clean(self) -> dict[str, Any]:
        """Ask for the secrets that the kind needs."""
        typed: dict[str, Any] = super().clean() or {}
        needed = {"s3": ("access_key", "secret_key"), "sftp": ("private_key", "known_host")}
        for name in needed.get(typed.get("kind", ""), ()):
            if not typed.get(name):
                self.add_error(name, _("This kind of place needs it."))
        return typed
