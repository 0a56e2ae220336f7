# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tables (RFC 4180, with the separators and encodings that spreadsheets write)."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from archipel.organisations.moving.columns import LOGIN, TABLES, column_of, table_of
from archipel.organisations.moving.decoding import decode, separator_of
from archipel.organisations.moving.records import Problem, Read, Record, Unreadable

MOST_COLUMNS = 300  # a person may have a user name in each of many applications; more is no table of people
SEVERAL = (" ", ",", ";", "|")  # what may stand between several addresses of one cell


def read_csv(content: bytes, file: str, asked: str = "") -> Read:
    """Return the records of a table (``Unreadable`` when it is none of the seven)."""
    text, encoding = decode(content, file, asked)
    lines = text.splitlines()
    start = next((place for place, line in enumerate(lines) if line.strip()), None)
    if start is None:
        raise Unreadable(Problem(file, 1, "empty_file"))
    try:
        separator = separator_of(lines[start])
    except csv.Error as error:
        raise Unreadable(Problem(file, start + 1, "broken_line")) from error
    read = Read("csv", encoding, separator)
    rows = _rows(text, separator, file, read)
    line, headings = next(rows, (1, []))
    kind = table_of(headings) if len(headings) <= MOST_COLUMNS else ""
    if not kind:
        raise Unreadable(Problem(file, line, "unknown_table", values={"headings": ", ".join(headings)[:300]}))
    names = _names(kind, headings, file, line, read)
    for line, cells in rows:
        if any(cell.strip() for cell in cells):
            _row(kind, names, file, line, cells, read)
    read.format = f"csv_{kind}"
    return read


def _rows(text: str, separator: str, file: str, read: Read) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of the first line, cells); what no CSV can be ends the table, and is said."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    started = False
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            read.problems.append(Problem(file, line, "broken_line"))
            return
        if started or any(cell.strip() for cell in cells):
            started = True
            yield line, cells


def _names(kind: str, headings: list[str], file: str, line: int, read: Read) -> list[str]:
    names: list[str] = []
    for heading in headings:
        name = column_of(kind, heading)
        if name and name in names:
            raise Unreadable(Problem(file, line, "column_twice", column=heading[:60]))
        if not name and heading.strip():
            read.problems.append(Problem(file, line, "unknown_column", column=heading.strip()[:60], left_out=False))
        names.append(name)
    return names


def _row(kind: str, names: list[str], file: str, line: int, cells: list[str], read: Read) -> None:
    if len(cells) > len(names) and any(cell.strip() for cell in cells[len(names) :]):
        read.problems.append(
            Problem(file, line, "too_many_cells", values={"expected": len(names), "found": len(cells)})
        )
        return
    values = {name: cell.strip() for name, cell in zip(names, cells, strict=False) if name and cell.strip()}
    missing = [column.name for column in TABLES[kind] if column.needed and not values.get(column.name)]
    # Somebody without a name is called by their address.
    missing = [name for name in missing if (kind, name) != ("person", "name")]
    if missing:
        read.problems.append(Problem(file, line, "cell_missing", column=missing[0]))
        return
    read.records += _records(kind, file, line, values)


def _records(kind: str, file: str, line: int, values: dict[str, str]) -> list[Record]:
    if kind == "redirection":
        return [
            Record(kind, file, line, {"source": values["source"], "destination": one})
            for one in several(values["destination"])
        ]
    if kind != "person":
        return [Record(kind, file, line, values)]
    email, organisation, role = values["email"], values.pop("organisation", ""), values.pop("role", "")
    logins = {name.removeprefix(LOGIN): values.pop(name) for name in list(values) if name.startswith(LOGIN)}
    values["name"] = f"{values.pop('first_name', '')} {values.get('name', '')}".strip()
    found = [Record("person", file, line, values)]
    if organisation:
        found.append(
            Record("role", file, line, {"organisation": organisation, "email": email, "role": role or "member"})
        )
    return found + [
        Record("name", file, line, {"email": email, "application": application, "user_name": user_name})
        for application, user_name in logins.items()
    ]


def several(cell: str) -> list[str]:
    """Return the addresses of one cell."""
    for sign in SEVERAL:
        cell = cell.replace(sign, "\n")
    return [one for one in cell.split("\n") if one]
