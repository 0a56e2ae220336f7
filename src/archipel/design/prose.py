# SPDX-License-Identifier: AGPL-3.0-or-later
"""Texts written by a host in markdown, made into HTML that cannot carry a script, a picture or a style."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

LARGEST_HEADING = 3
SMALLEST_HEADING = 6
SAFE_SCHEMES = ("https://", "http://", "mailto:", "tel:")


def _is_safe_address(address: str) -> bool:
    """Accept the four schemes a text needs, and addresses of this site (no scheme, no other host)."""
    lowered = address.strip().lower()
    if lowered.startswith(SAFE_SCHEMES):
        return True
    return not lowered.startswith(("//", "\\")) and ":" not in lowered.split("/")[0].split("?")[0].split("#")[0]


def _parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"]).disable("image")
    parser.validateLink = _is_safe_address  # type: ignore[method-assign, assignment]  # the library asks for a replaced method
    return parser


_PARSER = _parser()


def html_of_prose(text: str, largest_heading: int = LARGEST_HEADING) -> SafeString:
    """Return the HTML of a markdown text, the largest heading it uses shown as ``largest_heading``."""
    tokens = _PARSER.parse(text or "")
    used = [int(token.tag[1:]) for token in tokens if token.type == "heading_open"]
    for token in _with_children(tokens):
        _tame(token, largest_heading - min(used, default=1))
    html: str = _PARSER.renderer.render(tokens, _PARSER.options, {})
    return mark_safe(html)  # noqa: S308 - raw HTML is off: the renderer escapes everything


def _with_children(tokens: Iterable[Token]) -> Iterable[Token]:
    for token in tokens:
        yield token
        yield from token.children or ()


def _tame(token: Token, lowered: int) -> None:
    if token.type in {"heading_open", "heading_close"}:
        token.tag = f"h{min(int(token.tag[1:]) + lowered, SMALLEST_HEADING)}"
    if token.type == "link_open" and str(token.attrGet("href")).lower().startswith(("http://", "https://")):
        token.attrSet("rel", "external noopener noreferrer")
    style = token.attrs.pop("style", "")  # the policy of the pages forbids inline styles
    if "right" in str(style):
        token.attrSet("class", "num")
