# SPDX-License-Identifier: AGPL-3.0-or-later
"""The tags and filters of the design, declared as builtins: no template loads them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django import template
from django.core.paginator import Page
from django.forms import BoundField
from django.template import Context, Node, NodeList
from django.template.base import Parser, Token
from django.template.loader import render_to_string
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, ngettext

from archipel.design import errors as error_pages
from archipel.design import fields, icons, languages, moments, pictures, prose

register = template.Library()

TONES = {"", "ok", "care", "stop", "now"}
MESSAGE_TONES = {"success": "ok", "warning": "care", "error": "stop"}


@register.simple_tag
def badge(tone: str, text: object) -> SafeString:
    """Show a state as a buoy: shape, word, then colour."""
    if tone not in TONES:
        raise template.TemplateSyntaxError(f"no buoy is called {tone!r}")
    return format_html('<span class="{}">{}</span>', f"badge {tone}".strip(), text)


@register.simple_tag
def icon(name: str) -> SafeString:
    return icons.draw_icon(name)


@register.simple_tag
def picture(name: str) -> SafeString:
    """Draw ``bottle`` (nothing here yet), ``boats`` (solidarity prices) or ``lighthouse`` (errors, waiting)."""
    return render_to_string(f"design/pictures/{name}.html")


@register.simple_tag
def gauge(
    value: Any,
    maximum: Any,
    label: object,
    *,
    left: object = "",
    right: object = "",
    tone: str = "",
    slim: bool = False,
) -> SafeString:
    """Draw how full something is; when it was not measured or has no limit, only the words are shown."""
    drawn = value is not None and bool(maximum)
    context = {
        "label": label,
        "left": left or label,
        "right": right,
        "tone": tone,
        "slim": slim,
        "drawn": drawn,
        "fill": str(pictures.fill_of(value, maximum)) if drawn else "",
    }
    return render_to_string("design/gauge.html", context)


@register.simple_tag(takes_context=True)
def crossing(context: Context, done: int, total: int, start: object = None, end: object = "") -> SafeString:
    """Draw the ship of an operation between the host and what is being opened."""
    label = ngettext("%(done)s step done out of %(total)s", "%(done)s steps done out of %(total)s", done)
    host = context.get("host")
    drawing = {key: str(part) for key, part in pictures.crossing_of(done, total).items()}
    drawing |= {
        "label": label % {"done": done, "total": total},
        "start": str(start if start is not None else getattr(host, "name", "")),
        "end": str(end),
    }
    return render_to_string("design/pictures/crossing.html", drawing)


@register.simple_tag
def chart_hero(names: Iterable[object] = ()) -> SafeString:
    """Draw the chart of the home page, with up to five names of islands."""
    places = [place | {"x": str(place["x"]), "y": str(place["y"])} for place in pictures.placed_names(names)]
    return render_to_string("design/pictures/chart_hero.html", {"names": places})


@register.simple_tag
def field(bound: BoundField, **options: Any) -> SafeString:
    return fields.render_field(bound, **options)


@register.simple_tag(name="fields")
def all_fields(form: Any) -> SafeString:
    """Show every field of a form in its order, hidden ones included."""
    return format_html_join("\n", "{}", ((fields.render_field(bound),) for bound in form))


@register.simple_tag
def choice(bound: BoundField, value: object) -> SafeString:
    return fields.render_choice(bound, value)


@register.simple_tag
def field_errors(bound: BoundField) -> SafeString:
    return render_to_string("design/fields/errors.html", fields.field_context(bound, {}))


@register.simple_tag
def form_errors(*forms: Any) -> SafeString:
    """Sum up what is to be corrected, each line leading to its field; nothing when all is well."""
    errors = fields.all_errors(forms)
    sums_up = {
        "errors": errors,
        "placed": any(error["place"] for error in errors),
        "files": fields.take_files(forms),
    }
    return render_to_string("design/form_errors.html", sums_up)


@register.simple_tag
def error_prefix(*forms: Any) -> str:
    """Return what the title of a page begins with when its form came back with errors."""
    return gettext("Error: ") if fields.all_errors(forms) else ""


@register.simple_tag
def error_texts(status: int | str) -> error_pages.ErrorTexts:
    return error_pages.texts_for(status)


@register.simple_tag(takes_context=True)
def pages(context: Context, page_obj: Page[Any], param: str = "page") -> SafeString:
    """Show the pages of a list; every other part of the query is kept. Nothing when there is only one."""
    if page_obj.paginator.num_pages < 2:
        return mark_safe("")
    request = context.get("request")
    query = request.GET.copy() if request else None

    def address(number: int) -> str:
        if query is None:
            return f"?{param}={number}"
        query[param] = str(number)
        return f"?{query.urlencode()}"

    elided = page_obj.paginator.get_elided_page_range(page_obj.number, on_each_side=1, on_ends=1)
    listed = [
        {
            "number": str(number),
            "current": number == page_obj.number,
            "url": address(number) if isinstance(number, int) else "",
        }
        for number in elided
    ]
    return render_to_string(
        "design/pages.html",
        {
            "pages": listed,
            "previous": address(page_obj.previous_page_number()) if page_obj.has_previous() else "",
            "next": address(page_obj.next_page_number()) if page_obj.has_next() else "",
        },
    )


@register.simple_tag
def stages(listed: Sequence[Any], current: int) -> SafeString:
    """Show where one stands in a form of several pages; ``current`` counts from 1, passed stages may be links."""
    rows = []
    for number, stage in enumerate(listed, start=1):
        label, url = (stage, "") if not isinstance(stage, (tuple, list)) else (stage[0], stage[1])
        rows.append({"label": label, "url": url if number < current else "", "current": number == current})
    return render_to_string("design/stages.html", {"stages": rows})


@register.simple_tag(name="time")
def time_tag(instant: datetime | None) -> SafeString:
    return moments.time_element(instant) if instant else mark_safe("")


@register.filter
def moment(instant: datetime | None) -> str:
    return moments.moment_in_words(instant) if instant else ""


@register.filter
def as_json(value: Any) -> str:
    """Write a value for a ``data-`` attribute that a small module of ours reads."""
    return json.dumps(value)


@register.filter
def hour(instant: datetime | None) -> str:
    return moments.hour_in_words(instant) if instant else ""


@register.filter
def day(value: date | None, style: str = "") -> str:
    return moments.day_in_words(value, style) if value else ""


@register.filter
def since(instant: datetime | None) -> SafeString:
    return moments.waited_element(instant) if instant else mark_safe("")


@register.filter
def language_name(code: str) -> str:
    return languages.language_name(code)


@register.filter(name="bytes")
def size(count: int | None) -> str:
    return moments.size_in_words(count)


@register.filter(name="prose")
def prose_filter(text: str | None, largest_heading: int = prose.LARGEST_HEADING) -> SafeString:
    return prose.html_of_prose(str(text or ""), largest_heading)


@register.filter
def message_tone(level_tag: str) -> str:
    """Return the buoy of a message of ``django.contrib.messages``."""
    return MESSAGE_TONES.get(level_tag, "")


class ColumnsNode(Node):
    """One column, or two when the second has something to say: no empty landmark is ever left."""

    child_nodelists = ("content", "label", "aside")

    def __init__(self, content: NodeList, label: NodeList, aside: NodeList) -> None:
        self.content, self.label, self.aside = content, label, aside

    def render(self, context: Context) -> SafeString:
        content, aside = self.content.render(context), self.aside.render(context)
        if not aside.strip():
            return content
        return format_html(
            '<div class="split"><div>{}</div><aside aria-label="{}">{}</aside></div>',
            content,
            self.label.render(context).strip(),
            aside,
        )


@register.tag
def columns(parser: Parser, _token: Token) -> ColumnsNode:
    """Read ``{% columns %}…{% named %}…{% beside %}…{% endcolumns %}``."""
    content = parser.parse(("named",))
    parser.delete_first_token()
    label = parser.parse(("beside",))
    parser.delete_first_token()
    aside = parser.parse(("endcolumns",))
    parser.delete_first_token()
    return ColumnsNode(content, label, aside)


class CrumbsNode(Node):
    """The way back to the top, when the page gives one."""

    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: Context) -> SafeString:
        items = self.nodelist.render(context)
        if not items.strip():
            return mark_safe("")
        return format_html('<nav aria-label="{}"><ol class="crumbs">{}</ol></nav>', gettext("You are here"), items)


@register.tag
def crumbs(parser: Parser, _token: Token) -> CrumbsNode:
    """Read ``{% crumbs %}…{% endcrumbs %}``."""
    nodelist = parser.parse(("endcrumbs",))
    parser.delete_first_token()
    return CrumbsNode(nodelist)
