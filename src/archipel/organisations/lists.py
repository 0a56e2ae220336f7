# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading a list of people to invite: name, address, role; every problem named by its line, nothing done.

A list is CSV (RFC 4180) with a semicolon, a comma or a tab between columns, with or without headings; a line may also be
an address alone, or ``Name <address>`` as mail programs copy it.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.utils import parseaddr
from functools import partial

from django.utils import translation
from django.utils.translation import gettext as _

from archipel.identity.addresses import InvalidAddress, clean_address
from archipel.identity.folding import fold
from archipel.organisations.models import Role
from archipel.organisations.rights import roles_for

MOST_LINES = 500
MOST_BYTES = 500_000
NAME_LENGTH = 120
# What a spreadsheet would run if the list, or one made from it, were opened there.
_FORMULA = ("=", "+", "-", "@")
_HEADINGS = {
    "name": {"name", "nom", "prenom nom", "nom complet"},
    "email": {"address", "adresse", "e mail", "email", "mail", "courriel", "e mail address", "adresse e mail"}
    | {"adresse de courriel", "adresse electronique", "mail address"},
    "role": {"role"},
}
# How people write a role besides the words of the pages, folded.
_ALSO = {
    "referente": Role.REFERENT,
    "personne referente": Role.REFERENT,
    "tresorier": Role.TREASURER,
    "tresoriere": Role.TREASURER,
    "adherent": Role.MEMBER,
    "adherente": Role.MEMBER,
}


@dataclass(frozen=True)
class Listed:
    """One line that can be invited; ``line`` is where it stands in the list, from 1."""

    line: int
    name: str
    email: str
    role: str


@dataclass(frozen=True)
class Problem:
    """What is wrong with one line; line 0 is the whole list."""

    line: int
    text: str


@dataclass
class PeopleList:
    """What was read of a list."""

    rows: list[Listed] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def text_of(content: bytes) -> str:
    """Return the text of a file: UTF-8, or what spreadsheets of western Europe write (Windows-1252)."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def read(text: str, kind: str) -> PeopleList:
    """Read a list for an organisation of a kind; a line without a role gives the most modest one there is."""
    found = PeopleList()
    # A file saved by a spreadsheet begins with a mark that is no letter.
    text = text.lstrip("\ufeff")
    if len(text.encode()) > MOST_BYTES:
        found.problems.append(Problem(0, _("This list is too long to be read: at most %d lines.") % MOST_LINES))
        return found
    words, seen = _words_of_roles(kind), dict[str, int]()
    lines = list(_lines(text))
    columns = _columns(lines[0][1]) if lines else None
    if columns:
        del lines[0]
    if len(lines) > MOST_LINES:
        sentence = _("This list has %(count)d lines; at most %(most)d go at once.")
        found.problems.append(Problem(0, sentence % {"count": len(lines), "most": MOST_LINES}))
        return found
    for number, cells in lines:
        values, wrong = _values(cells, columns or ["name", "email", "role"])
        row = Listed(
            line=number,
            name=_taken(_clean_name, values.get("name", ""), wrong),
            email=_taken(_clean_email, values.get("email", ""), wrong),
            role=_taken(partial(_clean_role, words=words), values.get("role", ""), wrong),
        )
        if row.email and row.email in seen:
            wrong.append(_("This address stands on line %d already.") % seen[row.email])
        seen.setdefault(row.email, number)
        found.problems += [Problem(number, text) for text in wrong]
        if not wrong:
            found.rows.append(row)
    if not lines:
        found.problems.append(Problem(0, _("The list is empty.")))
    return found


def _lines(text: str) -> Iterator[tuple[int, list[str]]]:
    """Yield each line that says something, with its number; a broken quotation cannot swallow the lines that follow."""
    sample = text[:20_000]
    delimiter = max(";\t,", key=sample.count) if any(sign in sample for sign in ";\t,") else ";"
    for number, line in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        if line.strip(" ;,\t"):
            yield number, _cells(line, delimiter)


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter))]
    except csv.Error:
        return [line.strip()]


def _columns(cells: list[str]) -> list[str] | None:
    """Return which column is which when the first line holds headings."""
    folded = [fold(cell) for cell in cells]
    names = [next((name for name, words in _HEADINGS.items() if cell in words), "") for cell in folded]
    return names if "email" in names and not any("@" in cell for cell in cells) else None


def _values(cells: list[str], columns: list[str]) -> tuple[dict[str, str], list[str]]:
    """Return what a line holds by column, and what is wrong with its shape."""
    filled = [cell for cell in cells if cell]
    if len(filled) == 1 and "@" in filled[0]:
        name, address = parseaddr(filled[0]) if "<" in filled[0] else ("", filled[0])
        return {"name": name, "email": address}, []
    more = any(cells[len(columns) :])
    return dict(zip(columns, cells, strict=False)), (
        [_("There are more columns than name, address and role.")] if more else []
    )


def _taken(clean: Callable[[str], str], typed: str, wrong: list[str]) -> str:
    """Return what was typed as it is kept; what is wrong with it is noted."""
    try:
        return clean(typed)
    except ValueError as error:
        wrong.append(str(error))
        return ""


def _clean_role(typed: str, words: dict[str, str]) -> str:
    if not typed:
        return next(reversed(list(dict.fromkeys(words.values()))))
    if fold(typed) not in words:
        raise ValueError(_("There is no role “%(role)s”: %(roles)s.") % {"role": typed[:40], "roles": _named(words)})
    return words[fold(typed)]


def _clean_name(name: str) -> str:
    if any(unicodedata.category(sign) in ("Cc", "Cf", "Zl", "Zp") for sign in name):
        raise ValueError(_("The name holds a sign that no name has."))
    if name.startswith(_FORMULA):
        raise ValueError(_("The name begins with “%s”: a spreadsheet would take it for a formula.") % name[0])
    if len(name) > NAME_LENGTH:
        raise ValueError(_("The name is longer than %d signs.") % NAME_LENGTH)
    return name


def _clean_email(email: str) -> str:
    if not email:
        raise ValueError(_("There is no address on this line."))
    # A local part in quotation marks may hold nearly any sign: nobody has such an address, and headers are made of it.
    if not re.fullmatch(r"[^\s\"<>(),:;\\\x00-\x1f\x7f]+@[^\s@]+", email):
        raise ValueError(str(InvalidAddress()))
    try:
        return clean_address(email)
    except InvalidAddress as error:
        raise ValueError(str(error)) from error


def _words_of_roles(kind: str) -> dict[str, str]:
    """Return the role for each word it goes by, in both languages, folded; the strongest role first."""
    words: dict[str, str] = {}
    for role in roles_for(kind):
        words[fold(role)] = role
        for language in ("fr", "en"):
            with translation.override(language):
                words[fold(str(Role(role).label))] = role
    return words | {word: role for word, role in _ALSO.items() if role in words.values()}


def _named(words: dict[str, str]) -> str:
    return ", ".join(str(Role(role).label) for role in dict.fromkeys(words.values()))
