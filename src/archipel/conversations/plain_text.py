# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words fit to be stored and shown: no control signs, no half signs, and HTML turned into text without fetching anything."""

from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

LONGEST_NAME = 150
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")
_SILENT = {"script", "style", "head", "title", "template", "noscript"}
_BLOCKS = {"p", "div", "tr", "table", "ul", "ol", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "section", "article"}
_FORBIDDEN_IN_NAMES = re.compile(r'[\\/:*?"<>|%]+')


def clean_text(text: str) -> str:
    """Return text without control and direction signs, with plain line breaks, that any database takes."""
    unified = text.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace").decode("utf-8")
    return _CONTROLS.sub("", unified)


def clean_line(text: str) -> str:
    """Return text on one line."""
    return " ".join(clean_text(text).split())


def clean_name(name: str) -> str:
    """Return a file name without folders or signs that a system could take for something else; never empty."""
    line = unicodedata.normalize("NFC", clean_line(name)).replace("\\", "/").rpartition("/")[2]
    safe = _FORBIDDEN_IN_NAMES.sub("-", line).strip(" .-") or "file"
    if len(safe) <= LONGEST_NAME:
        return safe
    stem, dot, ending = safe.rpartition(".")
    return stem[: LONGEST_NAME - 12] + dot + ending[:10] if dot and len(ending) <= 10 else safe[:LONGEST_NAME]


def text_of_html(html: str) -> str:
    """Return the words of an HTML mail: quotes begin with ``>``, links keep their address."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines: list[str] = []
        self._line: list[str] = []
        self._silent = 0
        self._depth = 0
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self._silent += 1
        elif tag == "br":
            self._end_line()
        elif tag == "blockquote":
            self._end_block()
            self._depth = min(self._depth + 1, 20)
        elif tag == "li":
            self._end_block()
            self._line.append("- ")
        elif tag == "a":
            self._links.append(dict(attrs).get("href") or "")
        elif tag in _BLOCKS:
            self._end_block()

    def handle_endtag(self, tag: str) -> None:
        if tag in _SILENT:
            self._silent = max(0, self._silent - 1)
        elif tag == "blockquote":
            self._end_block()
            self._depth = max(0, self._depth - 1)
        elif tag == "a" and self._links:
            self._end_link(self._links.pop())
        elif tag == "p":
            self._end_block()
            self._end_line()
        elif tag in _BLOCKS or tag == "li":
            self._end_block()

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._line.append(re.sub(r"\s+", " ", data))

    def _end_link(self, address: str) -> None:
        if address.startswith(("http://", "https://")) and address not in "".join(self._line[-3:]):
            self._line.append(f" ({address})")

    def _end_block(self) -> None:
        if "".join(self._line).strip():
            self._end_line()

    def _end_line(self) -> None:
        words = re.sub(r" +", " ", "".join(self._line)).strip(" ")
        self._lines.append("> " * self._depth + words if self._depth else words)
        self._line = []

    def text(self) -> str:
        self._end_block()
        return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in self._lines)).strip()


def unflowed(text: str, *, without_space: bool) -> str:
    """Join the lines a program broke softly (RFC 3676, ``format=flowed``; ``without_space`` is its ``DelSp``)."""
    joined: list[str] = []
    open_line = False
    for line in text.replace("\r\n", "\n").split("\n"):
        stuffed = line[1:] if line.startswith(" ") else line
        words = joined.pop() + stuffed if open_line and not stuffed.startswith(">") else stuffed
        soft = words.endswith(" ") and words != "-- " and not words.startswith(">")
        joined.append(words[:-1] if soft and without_space else words)
        open_line = soft
    return "\n".join(joined)
