# SPDX-License-Identifier: AGPL-3.0-or-later
"""A form field with its label, help and errors, wired for assistive technology whatever its widget."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.forms import (
    BaseForm,
    BaseFormSet,
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    MultiWidget,
    RadioSelect,
    Textarea,
)
from django.forms.boundfield import BoundWidget
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

WIDTHS = {"s": "w-s", "m": "w-m", "": ""}
# Ten rows are what Django gives when nobody chose: too tall for a few words.
ROWS = {"10": "4", "None": "4"}
# A label that asks a question is followed by a colon in the summary: one mark is enough.
ENDINGS = " \u00a0\u202f?:"
CARDS = (RadioSelect, CheckboxSelectMultiple)


def render_field(bound: BoundField, **options: Any) -> SafeString:
    """Return the whole field; a hidden one is its bare input. Options are those of the tag ``field``."""
    if bound.is_hidden:
        return bound.as_widget()
    template, context = _shape(bound, options)
    return render_to_string(f"design/fields/{template}.html", context)


def render_choice(bound: BoundField, value: object) -> SafeString:
    """Return one card of a radio or checkbox field; ``LookupError`` when no choice has this value."""
    for card in _cards(bound):
        if str(card["value"]) == str(value):
            return render_to_string("design/fields/card.html", {"card": card})
    raise LookupError(f"{bound.html_name} has no choice {value!r}")


def error_place(bound: BoundField) -> str:
    """Return the id a link of the summary points to: the input, or the first card of a choice."""
    ident = _ident(bound)
    return f"{ident}_0" if isinstance(bound.field.widget, (*CARDS, MultiWidget)) else ident


def forms_of(things: Iterable[Any]) -> Iterator[BaseForm]:
    """Yield each form of what a template gives: forms, sets of forms, or nothing at all."""
    for thing in things:
        if isinstance(thing, BaseFormSet):
            yield from thing.forms
        elif isinstance(thing, BaseForm):
            yield thing


def all_errors(things: Iterable[Any]) -> list[dict[str, str]]:
    """Return each error once, with the id and label of its field (empty when it belongs to the whole form)."""
    things = list(things)
    found: list[dict[str, str]] = []
    for formset in (thing for thing in things if isinstance(thing, BaseFormSet)):
        found += [{"text": str(text), "place": "", "label": ""} for text in formset.non_form_errors()]
    for form in forms_of(things):
        found += [{"text": str(text), "place": "", "label": ""} for text in form.non_field_errors()]
        for bound in form:
            place = "" if bound.is_hidden else error_place(bound)
            found += [
                {"text": str(text), "place": place, "label": str(bound.label).rstrip(ENDINGS)} for text in bound.errors
            ]
    return found


def take_files(things: Iterable[Any]) -> bool:
    """Return whether a form that came back with errors takes files: a browser never fills those in again."""
    return any(form.errors and form.is_multipart() for form in forms_of(list(things)))


def _ident(bound: BoundField) -> str:
    return str(bound.field.widget.attrs.get("id") or bound.auto_id or f"id_{bound.html_name}")


def field_context(bound: BoundField, options: dict[str, Any]) -> dict[str, Any]:
    """Return what every shape of field needs: ids, label, help and errors."""
    ident = _ident(bound)
    widget = bound.field.widget
    return {
        "ident": ident,
        "label": options.get("label") or bound.label,
        "help": options.get("help") or bound.help_text,
        "errors": list(bound.errors),
        "optional": options.get("optional", not bound.field.required) and not isinstance(widget, CheckboxInput),
        "suffix": options.get("suffix", ""),
        "pair": bool(options.get("pair")),
        "plain": bool(options.get("plain")),
    }


def _described_by(context: dict[str, Any]) -> str:
    ident = context["ident"]
    parts = [f"{ident}_helptext"] if context["help"] else []
    return " ".join(parts + ([f"{ident}_error"] if context["errors"] else []))


def _shape(bound: BoundField, options: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    context = field_context(bound, options)
    widget = bound.field.widget
    context["described_by"] = _described_by(context)
    if isinstance(widget, CARDS):
        return "cards", context | {"cards": _cards(bound)}
    context["input"] = bound.as_widget(attrs=_input_attributes(bound, options, context))
    if isinstance(widget, CheckboxInput):
        return "check", context
    return ("group" if widget.use_fieldset else "line"), context


def _input_attributes(bound: BoundField, options: dict[str, Any], context: dict[str, Any]) -> dict[str, str | bool]:
    widget = bound.field.widget
    attributes: dict[str, str | bool] = {"id": context["ident"]}
    described_by = " ".join(filter(None, [str(widget.attrs.get("aria-describedby", "")), context["described_by"]]))
    if described_by:
        attributes["aria-describedby"] = described_by
    classes = " ".join(filter(None, [str(widget.attrs.get("class", "")), WIDTHS[options.get("width", "")]]))
    if classes:
        attributes["class"] = classes
    if isinstance(widget, Textarea):
        chosen = str(widget.attrs.get("rows"))
        attributes["rows"] = str(options.get("rows") or ROWS.get(chosen, chosen))
    if isinstance(widget, MultiWidget):
        attributes["aria-label"] = str(context["label"])
    return attributes


def _cards(bound: BoundField) -> list[dict[str, Any]]:
    return [_card(option) for option in bound.subwidgets if "selected" in option.data]


def _card(option: BoundWidget) -> dict[str, Any]:
    # The roles radio and checkbox of a group take neither attribute: the fieldset carries the description.
    for unwanted in ("aria-describedby", "aria-invalid"):
        option.data["attrs"].pop(unwanted, None)
    label = option.data["label"]
    return {
        "value": option.data["value"],
        "input": option.tag(),
        "label": label,
        "note": getattr(label, "note", ""),
        "price": getattr(label, "price", ""),
    }
