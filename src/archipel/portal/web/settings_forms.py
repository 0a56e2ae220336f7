# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from archipel.catalogue.web.fields import CentsField, DayField
from archipel.host.models import Host
from archipel.host.parameters import DEFINED, ROLES
from archipel.kernel.refusals import Refusal
from archipel.organisations.models import Kind, Role

# Texts of the host's own pages: key in ``host.Text``, label, whether it is long.
TEXTS = [
    ("home/title", _("Title of the front page"), False),
    ("home/lead", _("What the host is, in two sentences"), True),
    ("home/promise", _("What it promises"), True),
    ("about/body", _("How it works, and who it is"), True),
]


def refuse(form: forms.Form, refusal: Refusal) -> None:
    """Show a refusal beside the field it names, or above the form."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


class HostForm(forms.Form):
    """What the host says of itself."""

    name = forms.CharField(label=_("Name of the host"), max_length=120)
    postal_address = forms.CharField(
        label=_("Postal address"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    contact_address = forms.EmailField(label=_("Address where a person answers"))
    telephone = forms.CharField(label=_("Telephone"), required=False, max_length=40)
    publication_director = forms.CharField(
        label=_("Who answers for what is published"), required=False, max_length=120,
        help_text=_("The law asks hosts to name this person."),
    )  # fmt: skip
    portal_url = forms.URLField(
        label=_("Address of the portal"), assume_scheme="https", help_text=_("Such as https://portal.example.org.")
    )
    languages = forms.MultipleChoiceField(
        label=_("Languages"), choices=settings.LANGUAGES, widget=forms.CheckboxSelectMultiple,
        help_text=_("The first one of the list is used where a text is not translated."),
    )  # fmt: skip
    sender_name = forms.CharField(label=_("Name that mails come from"), max_length=120)
    sender_address = forms.EmailField(label=_("Address that mails come from"))
    dkim_selector = forms.SlugField(
        label=_("DKIM selector"),
        required=False,
        max_length=63,
        help_text=_("Your mail server's documentation names it."),
    )

    @classmethod
    def values_of(cls, host: Host) -> dict[str, Any]:
        """Return the initial values of the form for a host."""
        return {name: getattr(host, name) for name in cls.base_fields if hasattr(host, name)}


class HostTextsForm(forms.Form):
    """The host's own texts in one language; field names are keys with a hyphen for the slash."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for key, label, long in TEXTS:
            widget = forms.Textarea(attrs={"rows": 6}) if long else forms.TextInput()
            field = forms.CharField(label=label, required=False, max_length=20_000 if long else 160, widget=widget)
            self.fields[key.replace("/", "-")] = field

    def texts(self) -> dict[str, str]:
        return {key: self.cleaned_data[key.replace("/", "-")] for key, _label, _long in TEXTS}


class DaysForm(forms.Form):
    """A parameter that is a number of days."""

    value = forms.IntegerField(label=_("Days"), min_value=1, max_value=3650)
    since = DayField(label=_("From this day on"))

    def given(self) -> Any:
        return self.cleaned_data["value"]

    @staticmethod
    def typed(value: Any) -> dict[str, Any]:
        return {"value": value}


class MinutesForm(DaysForm):
    """A parameter that is a number of minutes."""

    value = forms.IntegerField(label=_("Minutes"), min_value=1, max_value=1440)


class PercentForm(DaysForm):
    """A parameter that is a share, in hundredths."""

    value = forms.IntegerField(label=_("Percent"), min_value=0, max_value=90)


class CentsByKindForm(forms.Form):
    """A parameter that is an amount a year for each kind of organisation."""

    since = DayField(label=_("From this day on"))

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for kind, label in Kind.choices:
            if kind != Kind.HOST:
                self.fields[kind] = CentsField(label=label)

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        for kind in list(typed):
            if kind != "since" and typed[kind] is None:
                self.add_error(kind, ValidationError(_("Write an amount in euros, such as 60 or 60.50.")))
        return typed

    def given(self) -> Any:
        return {kind: cents for kind, cents in self.cleaned_data.items() if kind != "since"}

    @staticmethod
    def typed(value: Any) -> dict[str, Any]:
        return dict(value)


class RolesForm(forms.Form):
    """A parameter that is some of the roles."""

    value = forms.MultipleChoiceField(
        label=_("Roles"),
        required=False,
        choices=[(role, Role(role).label) for role in ROLES],
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None: nobody needs one, and everybody may have one."),
    )
    since = DayField(label=_("From this day on"))

    def given(self) -> Any:
        return self.cleaned_data["value"]

    @staticmethod
    def typed(value: Any) -> dict[str, Any]:
        return {"value": value}


class SignUpForm(forms.Form):
    """The parameter that says who may open an account."""

    value = forms.ChoiceField(
        label=DEFINED["sign_up"].label,  # type: ignore[arg-type]  # lazy, as the stubs know of gettext_lazy only
        choices=list(DEFINED["sign_up"].choices.items()),
        widget=forms.RadioSelect,
    )
    since = DayField(label=_("From this day on"))

    def given(self) -> Any:
        return self.cleaned_data["value"]

    @staticmethod
    def typed(value: Any) -> dict[str, Any]:
        return {"value": value}


ParameterForm = type[DaysForm] | type[CentsByKindForm] | type[RolesForm] | type[SignUpForm]
_OF_KIND: dict[str, ParameterForm] = {
    "days": DaysForm, "minutes": MinutesForm, "percent": PercentForm, "cents_by_kind": CentsByKindForm, "roles": RolesForm,
}  # fmt: skip
PARAMETER_FORMS: dict[str, ParameterForm] = {
    **{key: _OF_KIND[definition.kind] for key, definition in DEFINED.items() if definition.kind in _OF_KIND},
    "sign_up": SignUpForm,
}
