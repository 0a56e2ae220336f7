# SPDX-License-Identifier: AGPL-3.0-or-later
"""Choosing a town without JavaScript: what was typed is looked up, and several answers become a list to choose from.

A form inherits ``TownChoice`` beside ``forms.Form`` and its template includes ``organisations/town_field.html`` with
``form=form``. Cleaned: ``town`` is a ``Town`` or None, ``town_text`` what was typed when no town was chosen.
"""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from archipel.design.choices import Answer
from archipel.organisations.models import Town
from archipel.organisations.towns.searching import search_towns, town_key

OTHER = "other"
SHOWN = 11


class _Among(forms.ChoiceField):
    """A choice among towns; one left over from other words typed before is no error, just no choice."""

    def validate(self, value: Any) -> None:
        """Accept anything: ``TownChoice`` looks the code up among the towns it found."""


class TownChoice(forms.Form):
    """``town_text`` is typed; ``town`` is an INSEE code among those found, or ``other``: keep the words as they are."""

    town_text = forms.CharField(
        label=gettext_lazy("Town"),
        max_length=120,
        required=False,
        help_text=gettext_lazy("Name or postcode. Outside France, simply write it."),
        widget=forms.TextInput(attrs={"autocomplete": "address-level2"}),
    )
    town = _Among(label=gettext_lazy("Which one?"), widget=forms.RadioSelect, choices=[])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.towns_found = self._look_up()
        answers = [(town.code, Answer(town.name, note=_where(town))) for town in self.towns_found]
        self.fields["town"].choices = [  # type: ignore[attr-defined]  # stubs know no kind of field
            *answers,
            (OTHER, Answer(_("None of these"), note=_("Keep what I wrote, or write the postcode above"))),
        ]

    @property
    def choose_town(self) -> bool:
        """Tell the template whether the list is to be shown."""
        return bool(self.towns_found) and self._settled() is None

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        text = cleaned.get("town_text", "")
        town = self._settled()
        if text and self.towns_found and town is None and self._chosen() != OTHER:
            self.add_error("town", _("Several towns have this name: choose yours."))
        return cleaned | {"town": town, "town_text": "" if town else text}

    def _look_up(self) -> list[Town]:
        if self.is_bound:
            text = str(self.data.get(self.add_prefix("town_text"), "")).strip()
            return search_towns(text, limit=SHOWN) if text else []
        return list(Town.objects.filter(code=self._chosen())) if self._chosen() else []

    def _chosen(self) -> str:
        if self.is_bound:
            return str(self.data.get(self.add_prefix("town"), ""))
        return str(self.initial.get("town") or "")

    def _settled(self) -> Town | None:
        """Return the town that was chosen, or the only one that what was typed can mean."""
        for town in self.towns_found:
            if town.code == self._chosen():
                return town
        text = str(self.data.get(self.add_prefix("town_text"), "")) if self.is_bound else ""
        named = [town for town in self.towns_found if town.search_name == town_key(text)]
        if self._chosen() == OTHER:
            return None
        candidates = named or self.towns_found
        return candidates[0] if len(candidates) == 1 else None


def _where(town: Town) -> str:
    first, _sep, more = town.postcodes.partition(" ")
    return f"{town.department} · {first}{' …' if more else ''}"
