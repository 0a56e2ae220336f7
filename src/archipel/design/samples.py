# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the living page shows: invented figures and a form that came back with errors. Nothing is stored."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

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

    name = forms.CharField(label=_("Name of the organisation"), help_text=_("As it stands in your statutes."))
    address = forms.SlugField(
        label=_("Address of the site"), help_text=_("Letters without accents, figures and hyphens.")
    )
    founded = forms.IntegerField(label=_("Year of creation"), required=False)
    kind = forms.ChoiceField(
        label=_("Kind"), choices=[("association", _("Declared association")), ("collective", _("Informal collective"))]
    )
    price = forms.ChoiceField(
        label=_("Which price level?"),
        help_text=_("You are the one who knows: no proof is asked."),
        widget=forms.RadioSelect,
        choices=[
            ("full", Answer(_("Full"), _("covers what your space costs"), Money(6000))),
            ("reduced", Answer(_("Reduced"), _("small budget, new activity"), Money(3000))),
            ("free", Answer(_("Free"), _("the solidarity fund pays"), Money(0))),
        ],
    )
    fields_of_action = forms.MultipleChoiceField(
        label=_("Fields of action"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        choices=[("repair", _("Repair and reuse")), ("culture", _("Culture")), ("garden", _("Gardens"))],
    )
    founded_on = forms.SplitDateTimeField(label=_("First meeting"), required=False)
    archive = forms.FileField(label=_("Folder as a zip"), required=False)
    word = forms.CharField(label=_("A word for the team"), required=False, widget=forms.Textarea)
    terms = forms.BooleanField(label=_("I have read the terms of use"), help_text=_("Version of 1 September 2026."))

    REFUSED: ClassVar[dict[str, str]] = {
        "name": "Les Jardins du Ponant",
        "address": "jardins du ponant",
        "founded": "12",
    }


class DecisionForm(forms.Form):
    """A choice of which one answer asks for more."""

    decision = forms.ChoiceField(
        label=_("Your decision"),
        widget=forms.RadioSelect,
        choices=[
            ("accept", Answer(_("Accept"), _("proposes the price and the terms"))),
            ("wait", Answer(_("Put on the waiting list"), _("keeps its place in the order of arrival"))),
        ],
    )
    wave = forms.ChoiceField(label=_("Wave"), choices=[("12", _("December")), ("3", _("March"))])


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
        "stages": [(_("Your organisation"), "#forms"), _("Space and price"), _("Read again and send")],
        "ages": [
            {"since": now - timedelta(days=12), "tone": "care", "badge": _("Request")},
            {"since": now - timedelta(hours=6), "tone": "stop", "badge": _("Opening")},
            {"since": now - timedelta(minutes=7), "tone": "", "badge": _("Mail")},
        ],
        "now": now,
        "used": 4 * GIGABYTE + 200_000_000,
        "quota": 5 * GIGABYTE,
        "prose": PROSE,
        "island_names": ["L’Escale", "Le Nuage", "La Lettre", "Le Site", "Les Comptes"],
    }
