# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tell what somebody wrote from what their mail program repeated below or above it.

Works line by line in linear time, so that no mail can hold the worker. When in doubt nothing is cut: words that are
shown twice harm less than words that are lost, and what is cut stays readable, folded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise

LONGEST_LINE = 400  # longer ones are prose
_SPACES = re.compile(r"[\u00a0\u202f\t ]+")
_ATTRIBUTIONS = [
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"^(le|on) .{4,300}(a écrit|a ecrit|wrote) ?:$",
        r"^.{2,200} (a écrit|wrote) (le|on) .{4,100}:$",
        r"^.{2,200}<[^<>\s]{3,200}> (a écrit|wrote) ?:$",
        r"^\d{4}-\d{2}-\d{2} .{4,300}<[^<>\s]{3,200}> ?:$",
    )
]
_HEADER = re.compile(r"^\*?(de|from|envoyé|sent|date|à|to|cc|objet|subject|répondre à|reply-to) ?:\*?", re.IGNORECASE)
_FIRST_HEADER = re.compile(r"^\*?(de|from) ?:\*? ?\S", re.IGNORECASE)
_SEPARATOR = re.compile(
    r"^[-_ ]{2,}(original message|message d.origine|message original|message transféré|forwarded message"
    r"|mail original|e-mail d.origine)[-_ ]{2,}$",
    re.IGNORECASE,
)
_MOBILE = re.compile(
    r"^(envoyé (de|depuis|à partir de) |sent from |télécharge[rz] outlook|get outlook |obtenir outlook )", re.IGNORECASE
)


@dataclass(frozen=True)
class Cut:
    """``body`` is what the person wrote, ``quoted`` the rest: quotes, headers of the answered mail, signature."""

    body: str
    quoted: str


def cut(text: str) -> Cut:
    """Separate a mail's own words from the rest; a mail that is nothing but quotes keeps its whole text."""
    lines = [line.rstrip(" \t") if line != "-- " else line for line in text.replace("\r\n", "\n").split("\n")]
    kept, tail = _before_copied_mail(lines)
    kept, quotes = _without_quotes(kept)
    kept, signature = _before_signature(kept)
    body = "\n".join(kept).strip()
    if not body:
        return Cut(text.strip(), "")
    parts = ["\n".join(part).strip("\n") for part in (signature, quotes, tail)]
    return Cut(body, "\n\n".join(part for part in parts if part.strip()))


def _plain(line: str) -> str:
    return _SPACES.sub(" ", line).strip() if len(line) <= LONGEST_LINE else ""


def _before_copied_mail(lines: list[str]) -> tuple[list[str], list[str]]:
    """Cut where a program copied the answered mail with its headers and without quote marks."""
    for index, line in enumerate(lines):
        plain = _plain(line)
        if not plain:
            continue
        if _SEPARATOR.match(plain) or (_FIRST_HEADER.match(plain) and _header_block(lines, index)):
            start = index
            while start and _plain(lines[start - 1]).strip("_-") == "":
                start -= 1
            return lines[:start], lines[start:]
    return lines, []


def _header_block(lines: list[str], index: int) -> bool:
    following = [_plain(line) for line in lines[index + 1 : index + 6]]
    return sum(bool(_HEADER.match(line)) for line in following) >= 2


def _without_quotes(lines: list[str]) -> tuple[list[str], list[str]]:
    """Take out the quote and the line that announces it; several quotes with words between are an answer point by point."""
    blocks = _quote_blocks(lines)
    announced = _attribution(lines, blocks[0][0] if blocks else len(lines), lone=not blocks)
    if not blocks:
        return (lines[: announced[0]], lines[announced[0] :]) if announced else (lines, [])
    if len(blocks) > 1 and announced is None:
        last = blocks[-1]
        ends = not any(line.strip() for line in lines[last[1] :])
        return (lines[: last[0]], lines[last[0] :]) if ends else (lines, [])
    if len(blocks) > 1 and _words_between(lines, blocks):
        return lines, []
    start, end = (announced[0] if announced else blocks[0][0]), blocks[-1][1]
    return [*lines[:start], *lines[end:]], lines[start:end]


def _words_between(lines: list[str], blocks: list[tuple[int, int]]) -> bool:
    pairs = pairwise(blocks)
    return any(line.strip() for before, after in pairs for line in lines[before[1] : after[0]])


def _quote_blocks(lines: list[str]) -> list[tuple[int, int]]:
    blocks: list[tuple[int, int]] = []
    for index, line in enumerate(lines):
        if not line.startswith(">"):
            continue
        if blocks and not any(between.strip() for between in lines[blocks[-1][1] : index]):
            blocks[-1] = (blocks[-1][0], index + 1)
        else:
            blocks.append((index, index + 1))
    return blocks


def _attribution(lines: list[str], before: int, *, lone: bool) -> tuple[int, int] | None:
    """Find the line "On … wrote:", which programs wrap over up to three lines, just above a quote.

    ``lone``: no quote marks at all; then it counts only when something follows it.
    """
    ends = [before] if not lone else [i + 1 for i, line in enumerate(lines) if line.rstrip().endswith(":")]
    for end in ends:
        last = end
        while last and not lines[last - 1].strip():
            last -= 1
        for length in (1, 2, 3):
            start = last - length
            if start < 0:
                break
            joined = _plain(" ".join(lines[start:last]))
            if any(pattern.match(joined) for pattern in _ATTRIBUTIONS):
                return start, last
    return None


def _before_signature(lines: list[str]) -> tuple[list[str], list[str]]:
    for index, line in enumerate(lines):
        if line in ("-- ", "--") and any(before.strip() for before in lines[:index]):
            return lines[:index], lines[index:]
    last = len(lines)
    while last and not lines[last - 1].strip():
        last -= 1
    if last > 1 and _MOBILE.match(_plain(lines[last - 1])):
        return lines[: last - 1], lines[last - 1 :]
    return lines, []
