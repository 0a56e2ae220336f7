# SPDX-License-Identifier: AGPL-3.0-or-later
"""English left on a French page: sentences of the catalogues that were not translated, and words nobody marked."""

from __future__ import annotations

import re
from functools import cache

from django.utils.translation import trans_real
from playwright.sync_api import Page

# What is marked as another language, and what somebody typed or a program says, is not ours to translate.
SEEN = """() => {
  const found = [];
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const parent = walk.currentNode.parentElement;
    if (!parent || parent.closest("script, style, code, textarea, [lang]:not([lang^=fr]):not(html)")) continue;
    if (parent.checkVisibility()) found.push(walk.currentNode.data);
  }
  for (const marked of document.querySelectorAll("[aria-label], [placeholder], [title], [alt]")) {
    if (marked.closest("[lang]:not([lang^=fr]):not(html)")) continue;
    for (const name of ["aria-label", "placeholder", "title", "alt"]) found.push(marked.getAttribute(name) || "");
  }
  found.push(document.title, document.querySelector("meta[name=description]")?.content || "");
  return found;
}"""
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}|%%")
# Words that English sentences cannot do without, and that French never uses.
ENGLISH = frozenset(
    [
        "the",
        "and",
        "of",
        "is",
        "are",
        "you",
        "your",
        "with",
        "this",
        "that",
        "from",
        "was",
        "were",
        "has",
        "have",
        "will",
        "not",
        "which",
        "their",
        "they",
        "what",
        "when",
        "who",
        "whom",
        "it",
        "its",
        "be",
        "been",
        "by",
        "for",
        "nothing",
        "somebody",
        "anyone",
        "there",
        "here",
        "than",
        "then",
        "we",
        "us",
    ]
)
SHORTEST = 12


@cache
def sentences() -> tuple[str, ...]:
    """Return what the catalogues translate otherwise than word for word, cut where something is filled in."""
    known = trans_real.translation("fr")._catalog  # type: ignore[attr-defined]
    found = set()
    for key, said in known.items():
        english = (key[0] if isinstance(key, tuple) else key).rpartition("\x04")[2]
        parts = [part for part in PLACEHOLDER.split(english) if len(part.strip()) >= SHORTEST]
        found |= {part.strip() for part in parts if " " in part.strip() and part.strip() not in str(said)}
    return tuple(sorted(found))


def leftovers(page: Page) -> list[str]:
    """Return the English found on a page that should be in French."""
    texts = {" ".join(text.split()) for text in page.evaluate(SEEN)} - {""}
    found = [text for text in texts if any(sentence in text for sentence in sentences())]
    found += [text for text in texts if len(ENGLISH & set(re.findall(r"[a-z]+", text.lower()))) > 1]
    return sorted(set(found))
