# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from archipel.kernel.countries import country_choices
from archipel.kernel.refusals import Refusal
from archipel.machines import queries
from archipel.machines.labels import written
from archipel.machines.models import Machine, Ownership, Site

GIGABYTE = 10**9


def refuse(form: forms.Form, refusal: Refusal) -> None:
    """Show a refusal beside the field it names, or above the form."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


class SiteForm(forms.Form):
    name = forms.CharField(
        label=_("Name of the place"), max_length=100, help_text=_("Such as “Room of the town hall, Concarneau”.")
    )
    country = forms.ChoiceField(label=_("Country"))
    run_by = forms.CharField(
        label=_("Who runs the place"), max_length=120, required=False, help_text=_("Empty: we do ourselves.")
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["country"].choices = country_choices()  # type: ignore[attr-defined]  # stubs know no kind of field

    @classmethod
    def values_of(cls, site: Site) -> dict[str, Any]:
        """Return the initial values of the form for a place."""
        return {name: getattr(site, name) for name in cls.base_fields}


class MachineForm(forms.Form):
    """What humans say of any machine."""

    site = forms.ChoiceField(label=_("Place where it stands"), required=False)
    ownership = forms.ChoiceField(label=_("Whose it is"), choices=Ownership.choices, widget=forms.RadioSelect)
    owner = forms.CharField(
        label=_("Who lends or rents it to us"), max_length=120, required=False, help_text=_("Empty when it is ours.")
    )
    keeps_websites = forms.BooleanField(
        label=_("Archipel and the websites it publishes stand on this machine"), required=False
    )
    labels = forms.CharField(
        label=_("Labels"),
        required=False,
        max_length=2000,
        help_text=_("One a line, such as disk=fast. A recipe may ask for one."),
        widget=forms.Textarea(attrs={"rows": 3, "autocapitalize": "none", "spellcheck": "false"}),
    )
    note = forms.CharField(
        label=_("Note for whoever looks after it"),
        required=False,
        max_length=2000,
        help_text=_("Where the key is, whom to call. Only the people of the host read it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._sites = {site.public_id: site for site in queries.sites()}
        places = [(public_id, site.name) for public_id, site in self._sites.items()]
        self.fields["site"].choices = [("", _("Not said yet")), *places]  # type: ignore[attr-defined]  # see above

    def given(self) -> dict[str, Any]:
        """Return what the operations take."""
        typed = dict(self.cleaned_data)
        return typed | {"site": self._sites.get(typed["site"])}

    @classmethod
    def values_of(cls, machine: Machine) -> dict[str, Any]:
        """Return the initial values of the form for a machine."""
        return {
            "site": machine.site.public_id if machine.site else "",
            "labels": written(machine.labels),
            **{name: getattr(machine, name) for name in ("ownership", "owner", "keeps_websites", "note")},
        }


class UnseenMachineForm(MachineForm):
    """The same, with what the engine cannot say of a machine it does not know."""

    field_order = ["name", "site", "ownership", "owner", "memory", "disk", "keeps_websites", "labels", "note"]

    name = forms.CharField(
        label=_("Name of the machine"),
        max_length=100,
        help_text=_("Its host name: when a machine of this name joins the engine, it is this one."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false"}),
    )
    memory = forms.DecimalField(
        label=_("Memory, in GB"), required=False, min_value=0, max_value=100_000, decimal_places=1
    )
    disk = forms.DecimalField(
        label=_("Disk, in GB"), required=False, min_value=0, max_value=10_000_000, decimal_places=1
    )

    def given(self) -> dict[str, Any]:
        typed = super().given()
        return typed | {"memory_bytes": _bytes(typed.pop("memory")), "disk_bytes": _bytes(typed.pop("disk"))}

    @classmethod
    def values_of(cls, machine: Machine) -> dict[str, Any]:
        sizes = {"memory": _gigabytes(machine.memory_bytes), "disk": _gigabytes(machine.disk_bytes)}
        return super().values_of(machine) | {"name": machine.name} | sizes


def form_for(machine: Machine) -> type[MachineForm]:
    """Return the form of a machine: the engine says by itself the name and sizes of those it knows."""
    return MachineForm if machine.in_engine else UnseenMachineForm


def _bytes(gigabytes: Decimal | None) -> int | None:
    return None if not gigabytes else int(gigabytes * GIGABYTE)


def _gigabytes(count: int | None) -> Decimal | None:
    # Written out: a rounded thousand would otherwise read 1E+3.
    return None if count is None else Decimal(f"{(Decimal(count) / GIGABYTE).quantize(Decimal('0.1')).normalize():f}")
