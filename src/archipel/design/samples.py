# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the living page shows: invented figures and a form that came back with errors. Nothing is stored."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.translation import pgettext_lazy

from archipel.design.choices import Answer
from archipel.design.icons import ICONS
from archipel.kernel import clock
from archipel.kernel.money import Money

GIGABYTE = 10**9
PROSE = """# Sauvegardes

Une copie par nuit, gardée **30 jours**, dans une autre ville. Voir [la page des pannes](/status/).

- essayée chaque mois
- `gzip`, puis chiffrée

| Copie | Durée |
| --- | ---: |
| nuit | 30 jours |
| mois | 12 mois |
"""


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(
        label=pgettext_lazy("sample", "Name of the organisation"),
        help_text=pgettext_lazy("sample", "As it stands in your statutes."),
    )
    address = forms.SlugField(
        label=pgettext_lazy("sample", "Address of the site"),
        help_text=pgettext_lazy("sample", "Letters without accents, figures and hyphens."),
    )
    founded = forms.IntegerField(label=pgettext_lazy("sample", "Year of creation"), required=False)
    kind = forms.ChoiceField(
        label=pgettext_lazy("sample", "Kind"),
        choices=[
            ("association", pgettext_lazy("sample", "Declared association")),
            ("collective", pgettext_lazy("sample", "Informal collective")),
        ],
    )
    price = forms.ChoiceField(
        label=pgettext_lazy("sample", "Which price level?"),
        help_text=pgettext_lazy("sample", "You are the one who knows: no proof is asked."),
        widget=forms.RadioSelect,
        choices=[
            (
                "full",
                Answer(
                    pgettext_lazy("sample", "Full"),
                    pgettext_lazy("sample", "covers what your space costs"),
                    Money(6000),
                ),
            ),
            (
                "reduced",
                Answer(
                    pgettext_lazy("sample", "Reduced"),
                    pgettext_lazy("sample", "small budget, new activity"),
                    Money(3000),
                ),
            ),
            (
                "free",
                Answer(pgettext_lazy("sample", "Free"), pgettext_lazy("sample", "the solidarity fund pays"), Money(0)),
            ),
        ],
    )
    fields_of_action = forms.MultipleChoiceField(
        label=pgettext_lazy("sample", "Fields of action"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[
            ("repair", pgettext_lazy("sample", "Repair and reuse")),
            ("culture", pgettext_lazy("sample", "Culture")),
            ("garden", pgettext_lazy("sample", "Gardens")),
        ],
    )
    founded_on = forms.SplitDateTimeField(label=pgettext_lazy("sample", "First meeting"), required=False)
    archive = forms.FileField(label=pgettext_lazy("sample", "Folder as a zip"), required=False)
    word = forms.CharField(label=pgettext_lazy("sample", "A word for the team"), required=False, widget=forms.Textarea)
    terms = forms.BooleanField(
        label=pgettext_lazy("sample", "I have read the terms of use"),
        help_text=pgettext_lazy("sample", "Version of 1 September 2026."),
    )

    REFUSED: ClassVar[dict[str, str]] = {
        "name": "Les Jardins du Ponant",
        "address": "jardins du ponant",
        "founded": "12",
    }


class DecisionForm(forms.Form):
    """A choice of which one answer asks for more."""

    decision = forms.ChoiceField(
        label=pgettext_lazy("sample", "Your decision"),
        widget=forms.RadioSelect,
        choices=[
            (
                "accept",
                Answer(pgettext_lazy("sample", "Accept"), pgettext_lazy("sample", "proposes the price and the terms")),
            ),
            (
                "wait",
                Answer(
                    pgettext_lazy("sample", "Put on the waiting list"),
                    pgettext_lazy("sample", "keeps its place in the order of arrival"),
                ),
            ),
        ],
    )
    wave = forms.ChoiceField(
        label=pgettext_lazy("sample", "Wave"),
        choices=[("12", pgettext_lazy("sample", "December")), ("3", pgettext_lazy("sample", "March"))],
    )


def samples(request: HttpRequest) -> dict[str, Any]:
    """Return the context of the living page."""
    now = clock.now()
    pages = Paginator(range(400), 20)
    return {
        "icons": sorted(ICONS),
        "form": SampleForm(SampleForm.REFUSED),
        "decision": DecisionForm(initial={"decision": "accept"}),
        "empty_form": SampleForm(prefix="empty"),
        "page_obj": pages.get_page(request.GET.get("page", "4")),
        "stages": [
            (pgettext_lazy("sample", "Your organisation"), "#forms"),
            pgettext_lazy("sample", "Space and price"),
            pgettext_lazy("sample", "Read again and send"),
        ],
        "ages": [
            {"since": now - timedelta(days=12), "tone": "care", "badge": pgettext_lazy("sample", "Request")},
            {"since": now - timedelta(hours=6), "tone": "stop", "badge": pgettext_lazy("sample", "Opening")},
            {"since": now - timedelta(minutes=7), "tone": "", "badge": pgettext_lazy("sample", "Mail")},
        ],
        "now": now,
        "used": 4 * GIGABYTE + 200_000_000,
        "quota": 5 * GIGABYTE,
        "prose": PROSE,
        "island_names": ["L’Escale", "Le Nuage", "La Lettre", "Le Site", "Les Comptes"],
    }
