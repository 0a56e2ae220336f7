# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the base templates promise whoever extends them, and their French."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.contrib.messages import constants
from django.contrib.messages.storage.base import Message
from django.template import engines
from django.template.loader import get_template
from django.test import RequestFactory
from django.utils.translation import override
from django.utils.translation.template import templatize

import archipel.design

ROOM = Path(archipel.design.__file__).parent
TEMPLATES = sorted((ROOM / "templates").rglob("*.html"))
KEYWORDS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
}
CALL = re.compile(r"""\b(?:(n?p?gettext|_)\()\s*(?:u?("|')(.*?)(?<!\\)\2)(?:,\s*u?("|')(.*?)(?<!\\)\4)?""", re.S)
FACES = ["public", "portal", "desk"]


def sentences() -> set[tuple[str | None, str]]:
    """Return every (context, sentence) written in this room."""
    found: set[tuple[str | None, str]] = set()
    for path in TEMPLATES:
        for name, _quote, first, _other, second in CALL.findall(templatize(path.read_text(), origin=str(path))):
            found.add((first, second) if name == "pgettext" else (None, first))
    for path in ROOM.rglob("*.py"):
        with path.open("rb") as file:
            for _line, message, _comments, context in extract("python", file, KEYWORDS):
                found.add((context, message if isinstance(message, str) else message[0]))
    return found


def page(face: str, body: str, **context) -> str:
    source = '{% extends "design/' + face + '.html" %}{% block title %}Services{% endblock %}' + body
    context = {"request": RequestFactory().get("/a/?b=1&c=2"), **context}
    with override("en"):
        return engines["django"].from_string(source).render(context)


HOST = SimpleNamespace(
    name="L’Escale", contact_address="bonjour@lescale.example", postal_address="1 quai\nBrest", demonstration=True
)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_template_parses_and_keeps_to_the_policy(path):
    source = path.read_text()
    get_template(str(path.relative_to(ROOM / "templates")))
    assert source.startswith("{# SPDX-License-Identifier: AGPL-3.0-or-later #}")
    assert (
        re.findall(r'style="|<style|javascript:|https?://(?!www\.w3\.org)|<script(?![^>]*\bsrc=)| on[a-z]+="', source)
        == []
    )


@pytest.mark.parametrize("face", FACES)
def test_base_says_its_language_and_title(face):
    html = page(face, "{% block content %}<h1>x</h1>{% endblock %}", host=HOST)
    assert '<html lang="en">' in html
    assert "<title>Services · L’Escale</title>" in html
    assert html.count("<h1>") == 1
    assert html.count("<main") == 1
    assert html.count("<aside") == 1  # the banner of the demonstration
    assert "crumbs" not in html


@pytest.mark.parametrize("face", FACES)
def test_base_stands_without_any_context(face):
    """The page of error 500 is rendered by Django with no context at all."""
    with override("en"):
        html = get_template(f"design/{face}.html").render()
    assert "<span>Archipel" in html
    assert "mailto:" not in html


def test_base_shows_second_column_crumbs_and_menu():
    html = page(
        "portal",
        "{% block crumbs %}<li>Home</li>{% endblock %}"
        "{% block content %}c{% endblock %}{% block aside %}side{% endblock %}",
        nav=[
            {"url": "/pay/", "label": "To pay", "count": 1, "current": True},
            {"url": "/out/", "label": "Leave", "post": True},
        ],
    )
    assert '<nav aria-label="You are here"><ol class="crumbs"><li>Home</li></ol></nav>' in html
    assert '<aside aria-label="In short, and who to ask">side</aside>' in html
    assert '<a href="/pay/" aria-current="page">To pay <span class="count">1</span></a>' in html
    assert '<form method="post" action="/out/">' in html


def test_base_offers_the_other_language_and_comes_back():
    html = page("public", "", language_url="/language/")
    assert '<input type="hidden" name="next" value="/a/?b=1&amp;c=2">' in html
    assert '<button class="link" name="language" value="fr" lang="fr">Français</button>' in html
    assert 'value="en"' not in html


def test_base_shows_messages_as_polite_notices():
    html = page("desk", "", messages=[Message(constants.SUCCESS, "Sent <b>")])
    assert '<div class="alert ok" role="status"><p>Sent &lt;b&gt;</p></div>' in html


def test_demonstration_banner_leads_to_the_mails_only_in_the_demonstration():
    banner = "Nothing here leaves this computer."
    real = SimpleNamespace(**(vars(HOST) | {"demonstration": False}))
    assert banner in page("public", "", host=HOST, mailbox_url="/mails/")
    assert banner not in page("public", "", host=real, mailbox_url="/mails/")


def test_every_sentence_has_its_french():
    with (ROOM / "locale/fr/LC_MESSAGES/django.po").open("rb") as file:
        catalogue = read_po(file, locale="fr")
    missing = {
        (context, text)
        for context, text in sentences()
        if not (message := catalogue.get(text, context))
        or not all([message.string] if isinstance(message.string, str) else message.string)
    }
    assert missing == set()


def test_french_says_nothing_that_is_no_longer_asked():
    with (ROOM / "locale/fr/LC_MESSAGES/django.po").open("rb") as file:
        known = {(m.context, m.id if isinstance(m.id, str) else m.id[0]) for m in read_po(file, locale="fr") if m.id}
    assert known - sentences() == set()


def test_french_keeps_its_spaces():
    text = (ROOM / "locale/fr/LC_MESSAGES/django.po").read_text()
    sentences_in_french = re.findall(r'^msgstr(?:\[\d\])? "(.*)"$', text, re.M)
    assert [line for line in sentences_in_french if re.search(r" [;:!?»]|« |'", line)] == []
