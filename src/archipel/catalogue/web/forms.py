# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext_lazy as _

from archipel.catalogue.models import Access, Intake, Offer, Pricing, Question, Service, Tier
from archipel.catalogue.operations import QuestionGiven, TierGiven
from archipel.catalogue.queries import host_people
from archipel.catalogue.texts import HAND_FIELDS, LABELS, TEXT_FIELDS
from archipel.catalogue.web.fields import CentsField, DayField
from archipel.design.icons import ICONS

GIGABYTE = 10**9
MOST_TIERS = 8
SHORT_TEXTS = ("name", "summary")


class ServiceForm(forms.Form):
    """What a service is; its texts, prices and state have their own forms."""

    access = forms.ChoiceField(label=_("Way of access"), choices=Access.choices)
    intake = forms.ChoiceField(label=_("Requests are taken"), choices=Intake.choices)
    for_individuals = forms.BooleanField(label=_("A person alone may ask too"), required=False)
    support_address = forms.EmailField(
        label=_("Support address"), required=False, help_text=_("Needed before it opens.")
    )
    software = forms.CharField(label=_("The libre software behind"), max_length=80)
    software_url = forms.URLField(label=_("Address of the software"), required=False, assume_scheme="https")
    licence = forms.CharField(label=_("Licence"), max_length=80, required=False)
    replaces = forms.CharField(
        label=_("What it replaces"), max_length=200, required=False, help_text=_("Names separated by commas.")
    )
    link = forms.URLField(
        label=_("Where it is used"),
        required=False,
        assume_scheme="https",
        help_text=_("For a service that is not asked for."),
    )
    counted = forms.ChoiceField(
        label=_("What a size counts"),
        required=False,
        choices=[
            ("", _("Nothing")),
            ("bytes", _("Storage")),
            ("recipients", _("Recipients")),
            ("accounts", _("Accounts")),
        ],
    )
    connector = forms.ChoiceField(label=_("Who opens it"), required=False)
    places = forms.IntegerField(
        label=_("How many the host can hold"),
        required=False,
        min_value=0,
        max_value=1_000_000,
        help_text=_("What is left is shown beside each request. Empty: no limit."),
    )
    icon = forms.ChoiceField(label=_("Drawing"), choices=[(name, name) for name in sorted(ICONS)])
    position = forms.IntegerField(label=_("Rank in the list"), min_value=0, max_value=999)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        engines = [(name, name) for name in sorted(settings.SPACE_CONNECTORS)]
        self.fields["connector"].choices = [("", _("A person, by hand")), *engines]  # type: ignore[attr-defined]  # stubs know no kind of field

    @classmethod
    def values_of(cls, service: Service) -> dict[str, Any]:
        """Return the initial values of the form for a service."""
        return {name: getattr(service, name) for name in cls.base_fields}


class NewServiceForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=80)
    slug = forms.SlugField(
        label=_("Address in the catalogue"), max_length=60, help_text=_("Small letters and hyphens; it never changes.")
    )
    software = forms.CharField(label=_("The libre software behind"), max_length=80)
    access = forms.ChoiceField(label=_("Way of access"), choices=Access.choices, initial=Access.REQUEST)


class MaintainersForm(forms.Form):
    """Who looks after a service, among the people of the host."""

    persons = forms.MultipleChoiceField(
        label=_("Who looks after it"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, service: Service, **options: Any) -> None:
        super().__init__(*args, **options)
        self.people = {person.public_id: person for person in host_people(service)}
        self.fields["persons"].choices = [(key, person.name) for key, person in self.people.items()]  # type: ignore[attr-defined]  # stubs know no kind of field

    def chosen(self) -> list[Any]:
        return [self.people[key] for key in self.cleaned_data["persons"]]


class TextsForm(forms.Form):
    """The texts of a service in one language."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name in (*TEXT_FIELDS, *HAND_FIELDS):
            if name in SHORT_TEXTS:
                self.fields[name] = forms.CharField(label=LABELS[name], max_length=160, required=False)
            else:
                self.fields[name] = forms.CharField(
                    label=LABELS[name], max_length=20_000, required=False, widget=forms.Textarea(attrs={"rows": 8})
                )


class OfferForm(forms.Form):
    since = DayField(label=_("From this day on"))
    membership_required = forms.BooleanField(label=_("For members: the membership is added for others"), required=False)


class TierForm(forms.Form):
    """One size; a form left blank is no size."""

    amount = forms.DecimalField(label=_("Size"), required=False, min_value=0, decimal_places=3, max_digits=15)
    pricing = forms.ChoiceField(
        label=_("How it is paid for"), choices=[("", _("No size here")), *Pricing.choices], required=False
    )
    full_cents = CentsField(label=_("Full price"))
    reduced_cents = CentsField(label=_("Reduced price"))
    sustaining_cents = CentsField(label=_("Sustaining price"))
    free_level = forms.BooleanField(label=_("Free is proposed as a real level"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for code, language in settings.LANGUAGES:
            label = _("What this size is good for (%(language)s)") % {"language": language}
            self.fields[f"note_{code}"] = forms.CharField(label=label, max_length=160, required=False)

    def notes(self) -> list[forms.BoundField]:
        """Return the fields of the notes, one a language."""
        return [self[f"note_{code}"] for code, _language in settings.LANGUAGES]

    def given(self, unit: int) -> TierGiven | None:
        """Return the size typed, in units of the service (``unit`` of them for 1 typed), None when blank."""
        typed = self.cleaned_data
        if not typed.get("pricing"):
            return None
        amount = typed.get("amount")
        return TierGiven(
            amount=None if amount is None else int(amount * unit),
            pricing=typed["pricing"],
            full_cents=typed["full_cents"],
            reduced_cents=typed["reduced_cents"],
            sustaining_cents=typed["sustaining_cents"],
            free_level=typed["free_level"],
            notes={code: typed[f"note_{code}"] for code, _language in settings.LANGUAGES},
        )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        if not typed.get("pricing") and any(typed.get(name) not in (None, "") for name in ("amount", "full_cents")):
            self.add_error("pricing", _("Choose how this size is paid for."))
        return typed


Tiers: type[BaseFormSet[TierForm]] = formset_factory(TierForm, extra=0, max_num=MOST_TIERS, absolute_max=MOST_TIERS)


def unit_of(service: Service) -> int:
    """Return how many units 1 typed is worth: storage is typed in GB."""
    return GIGABYTE if service.counted == "bytes" else 1


def typed_tiers(offer: Offer | None, service: Service) -> list[dict[str, Any]]:
    """Return initial values: the sizes of the present offer, then blank ones, three at least."""
    tiers: Iterable[Tier] = getattr(offer, "tier_list", []) if offer else []
    rows = [_typed(tier, unit_of(service)) for tier in tiers]
    blank = max(3 - len(rows), 1)
    return [*rows, *({} for _blank in range(blank))][:MOST_TIERS]


def _typed(tier: Tier, unit: int) -> dict[str, Any]:
    amount = None if tier.amount is None else (Decimal(tier.amount) / unit).normalize()
    names = ("pricing", "full_cents", "reduced_cents", "sustaining_cents", "free_level")
    notes = {f"note_{code}": tier.notes.get(code, "") for code, _language in settings.LANGUAGES}
    return (
        {name: getattr(tier, name) for name in names} | {"amount": f"{amount:f}" if amount is not None else ""} | notes
    )


class TermsForm(forms.Form):
    """A version of terms: one text a language."""

    since = DayField(label=_("From this day on"))
    binding_language = forms.ChoiceField(label=_("The language that binds"), choices=settings.LANGUAGES)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for code, language in settings.LANGUAGES:
            label = _("Terms (%(language)s)") % {"language": language}
            widget = forms.Textarea(attrs={"rows": 18})
            self.fields[f"body_{code}"] = forms.CharField(
                label=label, max_length=100_000, required=False, widget=widget
            )

    def bodies(self) -> dict[str, str]:
        return {code: self.cleaned_data[f"body_{code}"] for code, _language in settings.LANGUAGES}


class QuestionForm(forms.Form):
    """A question in every language; answers to choose from are one a line, in the same order in each language."""

    kind = forms.ChoiceField(label=_("How it is answered"), choices=Question._meta.get_field("kind").choices or [])
    required = forms.BooleanField(label=_("An answer is needed"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for code, language in settings.LANGUAGES:
            words = {"language": language}
            self.fields[f"label_{code}"] = forms.CharField(
                label=_("Question (%(language)s)") % words, max_length=200, required=False
            )
            self.fields[f"help_{code}"] = forms.CharField(
                label=_("Help (%(language)s)") % words, max_length=300, required=False
            )
            self.fields[f"choices_{code}"] = forms.CharField(
                label=_("Answers to choose from, one a line (%(language)s)") % words, max_length=4000, required=False,
                widget=forms.Textarea(attrs={"rows": 5}),
            )  # fmt: skip

    @staticmethod
    def values_of(question: Question) -> dict[str, Any]:
        """Return the initial values of the form for a question."""
        values: dict[str, Any] = {"kind": question.kind, "required": question.required}
        for code, _language in settings.LANGUAGES:
            values[f"label_{code}"] = question.labels.get(code, "")
            values[f"help_{code}"] = question.helps.get(code, "")
            values[f"choices_{code}"] = "\n".join(choice.get(code, "") for choice in question.choices)
        return values

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or {}
        codes = [code for code, _language in settings.LANGUAGES]
        if not any(typed.get(f"label_{code}") for code in codes):
            self.add_error(f"label_{codes[0]}", _("Write the question in one language at least."))
        if typed.get("kind") == "choice":
            self._check_choices({code: _lines(typed.get(f"choices_{code}", "")) for code in codes})
        return typed

    def _check_choices(self, choices: dict[str, list[str]]) -> None:
        written = {code: lines for code, lines in choices.items() if lines}
        if not written or min(len(lines) for lines in written.values()) < 2:
            self.add_error(f"choices_{next(iter(written or choices))}", _("Give two answers at least to choose from."))
        elif len({len(lines) for lines in written.values()}) > 1:
            self.add_error(
                f"choices_{list(written)[-1]}", _("Give as many answers in each language, in the same order.")
            )

    def given(self, key: str = "") -> QuestionGiven:
        typed, codes = self.cleaned_data, [code for code, _language in settings.LANGUAGES]
        lines = {code: _lines(typed[f"choices_{code}"]) for code in codes}
        count = max(len(found) for found in lines.values())
        choices = [{code: found[rank] for code, found in lines.items() if found} for rank in range(count)]
        return QuestionGiven(
            key=key,
            kind=typed["kind"],
            labels={code: typed[f"label_{code}"] for code in codes},
            helps={code: typed[f"help_{code}"] for code in codes},
            choices=choices if typed["kind"] == "choice" else [],
            required=typed["required"],
        )


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]
