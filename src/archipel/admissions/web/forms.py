# SPDX-License-Identifier: AGPL-3.0-or-later
"""The stages of the public form. They ask and show; the rules are those of ``declaration``."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from archipel.admissions import declaration
from archipel.admissions.choices import FIELDS_OF_ACTION, KINDS
from archipel.catalogue import queries as catalogue
from archipel.catalogue.models import Service, Tier
from archipel.catalogue.queries import AskedQuestion
from archipel.design.choices import Answer
from archipel.host.queries import in_language
from archipel.organisations.models import Town
from archipel.organisations.towns.fields import TownChoice
from archipel.spaces.addresses import full_name

# Out of sight and of the tab order: only programs fill it in.
HONEYPOT = "second_name"


class StageForm(forms.Form):
    """One stage: every field of the page is kept as it was typed, whatever errors it has."""

    stage = ""
    use_required_attribute = False

    def __init__(self, data: Any = None, *, service: Service, typed: dict[str, Any], request_id: str = "") -> None:
        self.service, self.request_id = service, request_id
        super().__init__(data, initial=typed)

    def typed(self) -> dict[str, Any]:
        """Return what this page holds, by name of field; an unticked box is an empty answer."""
        data = self.data
        assert isinstance(data, QueryDict)
        found: dict[str, Any] = {}
        for name, field in self.fields.items():
            several = isinstance(field, forms.MultipleChoiceField)
            found[name] = data.getlist(name) if several else data.get(name, "")
        return found

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        self.cleaned_data = cleaned
        self._keep_only_errors_of("town")
        checked = declaration.check((self.stage,), self.service, {**self.initial, **self.typed()}, self.request_id)
        for name, words in checked.errors.items():
            if name in self.fields and name not in self.errors:
                self.add_error(name, str(words))
        return cleaned

    def _keep_only_errors_of(self, kept: str) -> None:
        for name in [name for name in self.errors if name != kept]:
            del self.errors[name]


class OrganisationForm(StageForm, TownChoice):
    """Who asks."""

    stage = "organisation"

    who = forms.ChoiceField(
        label=gettext_lazy("For whom do you ask?"),
        widget=forms.RadioSelect,
    )
    organisation_name = forms.CharField(
        label=gettext_lazy("Name of the organisation"), widget=forms.TextInput(attrs={"autocomplete": "organization"})
    )
    organisation_kind = forms.ChoiceField(
        label=gettext_lazy("What kind of organisation is it?"),
        help_text=gettext_lazy("An informal collective is welcome: no status is needed."),
    )
    rna = forms.CharField(
        label=gettext_lazy("RNA number"),
        required=False,
        help_text=gettext_lazy("For a declared association: W followed by 9 digits, on its declaration receipt."),
    )
    siren = forms.CharField(
        label=gettext_lazy("SIREN number"), required=False, help_text=gettext_lazy("9 digits, if you have one.")
    )
    founded_year = forms.CharField(
        label=gettext_lazy("Year of creation"), required=False, widget=forms.TextInput(attrs={"inputmode": "numeric"})
    )
    fields_of_action = forms.MultipleChoiceField(
        label=gettext_lazy("Fields of action"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=list(FIELDS_OF_ACTION.items()),
    )
    person_name = forms.CharField(
        label=gettext_lazy("Your name"),
        help_text=gettext_lazy("First name and name, or how you wish to be called."),
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    email = forms.CharField(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy("We answer there, and send you the link to come back to this form."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )

    def __init__(self, data: Any = None, *, service: Service, typed: dict[str, Any], request_id: str = "") -> None:
        typed = {"who": "organisation"} | typed
        super().__init__(data, service=service, typed=typed, request_id=request_id)
        kinds = [("", _("Choose…")), *KINDS.items()]
        self.fields["organisation_kind"].choices = kinds  # type: ignore[attr-defined]  # stubs know no kind of field
        if not service.for_individuals:
            del self.fields["who"]
            return
        # Made here and not above: an Answer is plain text, in the language of the moment it is made.
        self.fields["who"].choices = [  # type: ignore[attr-defined]  # stubs know no kind of field
            ("individual", Answer(_("For myself"), _("In a personal capacity."))),
            ("organisation", Answer(_("For an organisation"), _("Declared or not, large or small."))),
        ]

    def typed(self) -> dict[str, Any]:
        """Return what was typed, with the town that was meant when only one can be."""
        town = getattr(self, "cleaned_data", {}).get("town")
        return super().typed() | ({"town": town.code} if isinstance(town, Town) else {})


class PlaceForm(StageForm):
    """How much room, at which price, at which address."""

    stage = "place"

    tier = forms.ChoiceField(label=gettext_lazy("How much room do you need?"), widget=forms.RadioSelect)
    price_level = forms.ChoiceField(label=gettext_lazy("Which price level?"), widget=forms.RadioSelect)
    own_price = forms.CharField(
        label=gettext_lazy("What you can pay a year"), widget=forms.TextInput(attrs={"inputmode": "decimal"})
    )
    price_reason = forms.CharField(
        label=gettext_lazy("A word on this price"),
        required=False,
        help_text=gettext_lazy("What you can pay, and why. No proof is asked."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    wished_address = forms.CharField(
        label=gettext_lazy("Address of your site"),
        help_text=gettext_lazy("Letters without accents, digits and hyphens."),
        widget=forms.TextInput(attrs={"autocapitalize": "none", "spellcheck": "false", "autocomplete": "off"}),
    )

    def __init__(self, data: Any = None, *, service: Service, typed: dict[str, Any], request_id: str = "") -> None:
        offer = catalogue.current_offer(service)
        self.tiers: list[Tier] = offer.tier_list if offer else []  # type: ignore[attr-defined]  # prefetched by current_offer
        if self.tiers and not typed.get("tier"):
            typed = typed | {"tier": self.tiers[0].public_id}
        super().__init__(data, service=service, typed=typed, request_id=request_id)
        chosen = declaration.tier_of(service, data if data is not None else typed)
        self.chosen_tier = chosen or (self.tiers[0] if self.tiers else None)
        self._propose_tiers()
        self._propose_levels()
        if declaration.wants_address(service):
            self.suffix = full_name("")
        else:
            del self.fields["wished_address"]

    def _propose_tiers(self) -> None:
        if len(self.tiers) < 2:
            del self.fields["tier"]
            return
        answers = [(tier.public_id, self._tier_answer(tier)) for tier in self.tiers]
        self.fields["tier"].choices = answers  # type: ignore[attr-defined]  # stubs know no kind of field

    @staticmethod
    def _tier_answer(tier: Tier) -> Answer:
        levels = catalogue.levels_of(tier)
        price = levels[0].price if levels[0].price is not None else levels[0].label
        note = in_language(tier.notes).body
        return Answer(catalogue.tier_label(tier), note, price if levels[0].key != "included" else levels[0].label)

    def _propose_levels(self) -> None:
        levels = catalogue.levels_of(self.chosen_tier) if self.chosen_tier else []
        self.levels = [level.key for level in levels] if len(levels) > 1 else []
        if not self.levels:
            del self.fields["price_level"], self.fields["own_price"]
            if not levels or levels[0].key != "agreed":
                del self.fields["price_reason"]
            return
        answers = [
            (level.key, Answer(level.label, level.note, "" if level.price is None else level.price)) for level in levels
        ]
        field = self.fields["price_level"]
        field.choices = answers  # type: ignore[attr-defined]  # stubs know no kind of field
        assert self.chosen_tier is not None
        field.help_text = _("You are the one who knows, and no proof is asked. For %(size)s, a year:") % {
            "size": catalogue.tier_label(self.chosen_tier)
        }


class NeedsForm(StageForm):
    """What the service asks, and a word."""

    stage = "needs"

    def __init__(self, data: Any = None, *, service: Service, typed: dict[str, Any], request_id: str = "") -> None:
        super().__init__(data, service=service, typed=typed, request_id=request_id)
        for question in catalogue.questions_of(service):
            self.fields[f"question_{question.key}"] = _field_for(question)
        self.fields["message"] = forms.CharField(
            label=_("A word for the team"), required=False, widget=forms.Textarea(attrs={"rows": 4})
        )
        self.fields["redirect_consent"] = forms.BooleanField(
            label=_("If you cannot help us, you may pass our request on to another ethical host"),
            required=False,
            help_text=_("They receive what you wrote here, and your address. You are told whom we passed it on to."),
        )


def _field_for(question: AskedQuestion) -> forms.Field:
    common: dict[str, Any] = {"label": question.label, "help_text": question.help, "required": question.required}
    if question.kind == "text":
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), **common)
    if question.kind == "number":
        return forms.CharField(widget=forms.TextInput(attrs={"inputmode": "numeric"}), **common)
    if question.kind in ("yes_no", "choice"):
        choices = [("yes", _("Yes")), ("no", _("No"))] if question.kind == "yes_no" else list(question.choices)
        return forms.ChoiceField(widget=forms.RadioSelect, choices=choices, **common)
    return forms.CharField(**common)


class TellMeForm(forms.Form):
    """Where to write when a service opens."""

    use_required_attribute = False
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail address"),
        help_text=gettext_lazy("One message when it opens, and nothing else."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class AnswerForm(forms.Form):
    """An answer to the host."""

    use_required_attribute = False
    body = forms.CharField(label=gettext_lazy("Your message"), widget=forms.Textarea(attrs={"rows": 5}))


FORMS: dict[str, type[StageForm]] = {"organisation": OrganisationForm, "place": PlaceForm, "needs": NeedsForm}
