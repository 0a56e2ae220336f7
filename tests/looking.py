# SPDX-License-Identifier: AGPL-3.0-or-later
"""Looks at every page a test renders, as somebody would who reads its source."""

from __future__ import annotations

from collections import Counter
from html.parser import HTMLParser
from typing import Any

from django.http import HttpResponse
from django.test import Client

ASKED = {"input", "select", "textarea"}
NO_LABEL_NEEDED = {"hidden", "submit", "button", "image", "reset"}
LOADED = {
    "img": "src",
    "script": "src",
    "link": "href",
    "iframe": "src",
    "form": "action",
    "source": "src",
    "use": "href",
}
UNRENDERED = ("{{", "{%", "{#", "%(")
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
# Forms that act without a session (the protection would keep out who they are for), and a page of made-up forms.
WITHOUT_TOKEN = ("/language/", "/leave/", "/design/")


class Looked(HTMLParser):
    """What was seen of one page."""

    def __init__(self, html: str, path: str = "") -> None:
        super().__init__(convert_charrefs=True)
        self.path = path
        self.wrong: list[str] = []
        self.counts: Counter[str] = Counter()
        self.ids: Counter[str] = Counter()
        self.labelled: set[str] = set()
        self.fields: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.form: dict[str, Any] | None = None
        self.words: dict[str, str] = {}
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in pairs}
        self.counts[tag] += 1
        self.ids[attributes.get("id", "")] += 1
        self._inline(tag, attributes)
        self._foreign(tag, attributes)
        if tag == "label":
            self.labelled.add(attributes.get("for", ""))
        if tag in ASKED:
            self._field(tag, attributes)
        if tag == "form":
            if self.form is not None:
                self.wrong.append("a form inside a form")
            self.form = attributes
        if tag == "img" and "alt" not in attributes:
            self.wrong.append(f"a picture without words: {attributes.get('src')}")
        if tag == "html" and not attributes.get("lang"):
            self.wrong.append("the page does not say its language")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, pairs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, pairs)
        self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form_ends()
        while tag in self.open and self.open.pop() != tag:
            continue

    def handle_data(self, text: str) -> None:
        within = self.open[-1] if self.open else ""
        self.words[within] = self.words.get(within, "") + text
        if within not in {"script", "style", "pre", "code", "textarea"}:
            self.wrong += [f"unrendered: {text.strip()[:60]}" for mark in UNRENDERED if mark in text]

    def _inline(self, tag: str, attributes: dict[str, str]) -> None:
        if "style" in attributes or tag == "style":
            self.wrong.append(f"a style inside the page: {tag}")
        if tag == "script" and "src" not in attributes:
            self.wrong.append("a script inside the page")
        self.wrong += [f"a script in {name}" for name in attributes if name.startswith("on")]
        self.wrong += [
            f"an empty address: {tag}" for name in ("href", "src") if name in attributes and not attributes[name]
        ]

    def _foreign(self, tag: str, attributes: dict[str, str]) -> None:
        address = attributes.get(LOADED.get(tag, ""), "")
        if address.startswith(("http:", "https:", "//", "data:")) and attributes.get("rel") != "canonical":
            self.wrong.append(f"something from elsewhere: {tag} {address}")

    def _field(self, tag: str, attributes: dict[str, str]) -> None:
        if attributes.get("name") == "csrfmiddlewaretoken" and self.form is not None:
            self.form["protected"] = True
        if attributes.get("type") in NO_LABEL_NEEDED or "label" in self.open:
            return
        if not (attributes.get("aria-label") or attributes.get("aria-labelledby")):
            self.fields.append((attributes.get("id", ""), attributes.get("name", tag)))

    def _form_ends(self) -> None:
        form, self.form = self.form, None
        if form is None or form.get("method", "").lower() != "post" or form.get("protected"):
            return
        target = form.get("action", "")
        if not (target if target.startswith("/") else self.path).endswith(WITHOUT_TOKEN):
            self.wrong.append(f"a form without its token: {form.get('action', '')}")

    def problems(self) -> list[str]:
        """Return what is wrong, the same thing said once."""
        found = list(self.wrong)
        if self.counts["html"]:
            if self.counts["h1"] != 1:
                found.append(f"{self.counts['h1']} first headings")
            if not self.words.get("title", "").strip():
                found.append("the page has no title")
        found += [f"a field without a label: {name}" for key, name in self.fields if key not in self.labelled]
        found += [f"an id used twice: {key}" for key, times in self.ids.items() if key and times > 1]
        return sorted(set(found))

    @property
    def nodes(self) -> int:
        """Return how many elements the page has."""
        return sum(self.counts.values())


def look_at(answer: HttpResponse) -> Looked | None:
    """Return what is seen of an HTML answer; None for anything else."""
    if answer.streaming or not answer.get("Content-Type", "").startswith("text/html") or not answer.content:
        return None
    return Looked(answer.content.decode(), answer.request["PATH_INFO"])


class LookingClient(Client):
    """A test client that refuses a page nobody should be shown."""

    def request(self, **request: Any) -> Any:
        answer = super().request(**request)
        seen = look_at(answer)
        assert seen is None or seen.problems() == [], f"{request.get('PATH_INFO')}: {seen.problems()}"
        return answer
