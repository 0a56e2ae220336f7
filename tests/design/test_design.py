# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.core.paginator import Paginator
from django.template import Context, Template, TemplateSyntaxError
from django.test import RequestFactory
from django.utils.translation import override
from pytest_django.asserts import assertHTMLEqual

from archipel.design.icons import ICONS
from archipel.kernel.money import Money


def shown(source: str, language: str = "en", **context) -> str:
    with override(language):
        return Template(source).render(Context(context))


@pytest.mark.parametrize(
    ("tone", "html"), [("ok", '<span class="badge ok">Done</span>'), ("", '<span class="badge">Done</span>')]
)
def test_badge_is_a_buoy_with_its_word(tone, html):
    assert shown("{% badge tone 'Done' %}", tone=tone) == html


def test_badge_escapes_what_it_is_given():
    assert shown("{% badge 'ok' word %}", word="<b>") == '<span class="badge ok">&lt;b&gt;</span>'


def test_badge_of_an_unknown_tone_is_a_bug():
    with pytest.raises(TemplateSyntaxError):
        shown("{% badge 'late' 'Late' %}")


@pytest.mark.parametrize("name", sorted(ICONS))
def test_icon_is_drawn_and_left_unsaid(name):
    assertHTMLEqual(
        shown("{% icon name %}", name=name),
        '<svg class="icon" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true" focusable="false">'
        f'<path d="{ICONS[name]}"/></svg>',
    )


def test_icons_the_rooms_ask_for_exist():
    asked = {"cloud", "site", "accounts", "letter", "chat", "video", "pad", "calendar", "key", "mail", "people"}
    assert (asked | {"history", "download", "upload", "warning"}) - set(ICONS) == set()


def test_gauge_in_french_keeps_points_in_its_numbers():
    html = shown("{% gauge 4.2 5 'Un peu' right='reste' slim=True tone='care' %}", "fr")
    assert 'class="gauge slim care"' in html
    assert '<rect class="fill" width="840" height="24"/>' in html
    assert html.count("Un peu") == 2


def test_gauge_of_what_was_not_measured_is_words_only():
    assertHTMLEqual(
        shown("{% gauge None 5 'Not measured yet' %}"),
        '<figure class="gauge"><figcaption><span>Not measured yet</span></figcaption></figure>',
    )


def test_crossing_says_its_steps_and_names_both_shores():
    html = shown("{% crossing 5 8 end='Your site' %}", host=SimpleNamespace(name="L’Escale"))
    assert 'role="img" focusable="false" aria-label="5 steps done out of 8"' in html
    assert '<g transform="translate(412)">' in html
    assert html.count("<text") == 2


def test_crossing_of_a_thousand_steps_groups_no_digit(settings):
    settings.USE_THOUSAND_SEPARATOR = True
    assert 'aria-label="1000 étapes faites sur 2000"' in shown("{% crossing 1000 2000 %}", "fr")


def test_chart_hero_is_light_and_silent():
    html = shown("{% chart_hero names=names %}", names=["L’Escale", "<b>"])
    assert (html.count("<path"), html.count("<text"), len(html.encode()) < 15_000) == (9, 3, True)
    assert 'aria-hidden="true"' in html
    assert "&lt;b&gt;" in html


@pytest.mark.parametrize("name", ["bottle", "boats", "lighthouse"])
def test_picture_is_left_unsaid(name):
    assert shown("{% picture name %}", name=name).count('aria-hidden="true"') == 1


def test_pages_keep_the_rest_of_the_query():
    request = RequestFactory().get("/", {"state": "open", "q": "a b", "page": "2"})
    page_obj = Paginator(range(60), 20).get_page(2)
    assertHTMLEqual(
        shown("{% pages page_obj %}", request=request, page_obj=page_obj),
        '<nav aria-label="Pages of this list"><ol class="pages">'
        '<li><a rel="prev" href="?state=open&amp;q=a+b&amp;page=1">Previous</a></li>'
        '<li><a href="?state=open&amp;q=a+b&amp;page=1" aria-label="Page 1">1</a></li>'
        '<li><span aria-current="page">2</span></li>'
        '<li><a href="?state=open&amp;q=a+b&amp;page=3" aria-label="Page 3">3</a></li>'
        '<li><a rel="next" href="?state=open&amp;q=a+b&amp;page=3">Next</a></li></ol></nav>',
    )


def test_pages_of_a_short_list_are_not_shown():
    assert shown("{% pages page_obj %}", page_obj=Paginator(range(20), 20).get_page(1)) == ""


def test_pages_of_a_long_list_leave_a_gap():
    html = shown("{% pages page_obj param='p' %}", page_obj=Paginator(range(400), 20).get_page(1))
    assert (html.count('class="gap"'), html.count('href="?p=20"')) == (1, 1)


def test_stages_link_only_what_was_passed():
    assertHTMLEqual(
        shown("{% stages listed 2 %}", listed=[("You", "/1/"), ("Price", "/2/"), "Send"]),
        '<nav aria-label="Steps of this form"><ol class="stages"><li><a href="/1/">You</a></li>'
        '<li aria-current="step">Price</li><li>Send</li></ol></nav>',
    )


def test_columns_without_an_aside_leave_no_landmark():
    assert shown("{% columns %}a{% named %}b{% beside %} \n {% endcolumns %}") == "a"


def test_columns_name_their_aside():
    assertHTMLEqual(
        shown("{% columns %}a{% named %} In short {% beside %}c{% endcolumns %}"),
        '<div class="split"><div>a</div><aside aria-label="In short">c</aside></div>',
    )


def test_crumbs_without_items_leave_no_landmark():
    assert shown("{% crumbs %} {% endcrumbs %}") == ""


@pytest.mark.parametrize("filter_name", ["moment", "day", "hour", "since", "prose"])
def test_filter_of_nothing_is_nothing(filter_name):
    assert shown("{{ nothing|" + filter_name + " }}", nothing=None) == ""


def test_filters_chain_what_rooms_write():
    source = "{{ size|bytes }}, {{ price }}, {{ level|message_tone }}"
    assert shown(source, "fr", size=4_200_000_000, price=Money(6000), level="success") == "4,2\u00a0Go, 60\u00a0€, ok"
