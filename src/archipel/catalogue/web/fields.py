# SPDX-License-Identifier: AGPL-3.0-or-later
"""Form fields of the catalogue: amounts of money in cents, days not in the past."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from archipel.kernel.money import Money
from archipel.kernel.refusals import Refusal

MOST_CENTS = 100_000_000


class CentsField(forms.Field):
    """An amount as one types it ("60", "60,50 €"), cleaned to whole cents; empty is None."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            required=False, widget=forms.TextInput(attrs={"inputmode": "decimal", "maxlength": "20"}), **options
        )

    def to_python(self, value: Any) -> Any:
        text = str(value or "").strip()
        if not text:
            return None
        try:
            money = Money.parse(text)
        except ValueError as error:
            raise ValidationError(_("Write an amount in euros, such as 60 or 60.50.")) from error
        if not 0 <= money.cents <= MOST_CENTS:
            raise ValidationError(_("Write an amount of zero or more, in euros."))
        return money.cents

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, int):
            whole, rest = divmod(value, 100)
            return f"{whole},{rest:02d}" if rest else str(whole)
        return value


class DayField(forms.DateField):
    """A day, typed or picked; shown as browsers want it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}), **options)


def refuse(form: forms.Form, refusal: Refusal) -> None:
    """Show a refusal beside the field it names, or above the form."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
