# SPDX-License-Identifier: AGPL-3.0-or-later
"""Variables of a Compose file: ``$NAME``, ``${NAME}``, ``${NAME:-default}``, ``${NAME-default}``, ``${NAME:?message}``, ``$$``.

Source of the rules: Compose file reference, version 3.8, "variable substitution". A default may hold variables
itself, as in Compose since its second version; Docker's stacks read ``${A:-${B}}`` otherwise, and no recipe can have meant that.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from archipel.machines.recipes.findings import Place, Unreadable
from archipel.machines.recipes.located import Items, Leaf, Value

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
OPERATORS = (":-", ":?", "-", "?")
MOST_DEPTH = 8
# A variable without a value and without a default: told its name, place and key, it answers with what stands there.
Missing = Callable[[str, Place, str], str]


@dataclass(frozen=True)
class Variable:
    """One variable as written: ``operator`` is empty for a plain one, ``rest`` the default or message after it."""

    name: str
    operator: str = ""
    rest: str = ""


class Malformed(ValueError):
    """A dollar sign begins nothing that is read; the message says what is expected."""


def parts_of(text: str) -> list[str | Variable]:
    """Cut a text into words and variables; ``Malformed`` when a dollar sign begins neither a variable nor ``$$``."""
    parts: list[str | Variable] = []
    position = 0
    while (dollar := text.find("$", position)) >= 0:
        if dollar > position:
            parts.append(text[position:dollar])
        part, position = _one(text, dollar + 1)
        parts.append(part)
    if position < len(text):
        parts.append(text[position:])
    return parts


def _one(text: str, start: int) -> tuple[str | Variable, int]:
    if text[start : start + 1] == "$":
        return "$", start + 1
    if text[start : start + 1] == "{":
        end = _closing(text, start + 1)
        return _braced(text[start + 1 : end]), end + 1
    if name := NAME.match(text, start):
        return Variable(name[0]), name.end()
    raise Malformed("after $ a name is expected; write $$ for a dollar sign")


def _closing(text: str, start: int) -> int:
    """Return where the brace opened before ``start`` is closed, variables within it passed over."""
    depth, position = 1, start
    while position < len(text):
        if text.startswith("${", position):
            depth, position = depth + 1, position + 2
            continue
        if text[position] == "}":
            depth -= 1
            if not depth:
                return position
        position += 1
    raise Malformed("${ is never closed by }")


def _braced(inside: str) -> Variable:
    name = NAME.match(inside)
    if not name:
        raise Malformed("after ${ a name is expected")
    rest = inside[name.end() :]
    if not rest:
        return Variable(name[0])
    for operator in OPERATORS:
        if rest.startswith(operator):
            return Variable(name[0], operator, rest.removeprefix(operator))
    raise Malformed(f"after ${{{name[0]} one of }} :- - :? ? is expected")


def filled(value: Value, values: Mapping[str, str], missing: Missing, key: str = "") -> Value:
    """Return a tree with its variables replaced, keys left as they are (as Compose does); ``Unreadable`` when one cannot be."""
    if isinstance(value, Leaf):
        return _filled_leaf(value, values, missing, key) if "$" in value.text else value
    if isinstance(value, Items):
        children = [filled(child, values, missing, f"{key}[{number}]") for number, child in enumerate(value.values)]
        return replace(value, values=tuple(children))
    below = f"{key}." if key else ""
    return replace(
        value,
        entries={name: filled(child, values, missing, f"{below}{name}") for name, child in value.entries.items()},
    )


def _filled_leaf(leaf: Leaf, values: Mapping[str, str], missing: Missing, key: str) -> Leaf:
    try:
        text = replaced(leaf.text, values, lambda name: missing(name, leaf.place, key))
    except Malformed as problem:
        raise Unreadable(leaf.place, key, str(problem)) from problem
    return replace(leaf, text=text)


def replaced(text: str, values: Mapping[str, str], missing: Callable[[str], str], depth: int = 0) -> str:
    """Return a text with its variables replaced; ``Malformed`` for a bad one and for one that must have a value."""
    if depth > MOST_DEPTH:
        raise Malformed(f"more than {MOST_DEPTH} defaults in one another")
    return "".join(
        part if isinstance(part, str) else _value_of(part, values, missing, depth) for part in parts_of(text)
    )


def _value_of(variable: Variable, values: Mapping[str, str], missing: Callable[[str], str], depth: int) -> str:
    known = values.get(variable.name)
    # With a colon, an empty value counts as none.
    if known is not None and (known or not variable.operator.startswith(":")):
        return known
    if variable.operator.endswith("-"):
        return replaced(variable.rest, values, missing, depth + 1)
    if variable.operator.endswith("?"):
        raise Malformed(f"{variable.name} must have a value{f': {variable.rest}' if variable.rest else ''}")
    return missing(variable.name)


def names_in(value: Value) -> set[str]:
    """Return the names of the variables a tree speaks of, those within defaults included; a bad one counts as none."""
    if isinstance(value, Leaf):
        return _names(value.text)
    children = value.values if isinstance(value, Items) else tuple(value.entries.values())
    return set().union(*(names_in(child) for child in children)) if children else set()


def _names(text: str) -> set[str]:
    if "$" not in text:
        return set()
    try:
        parts = parts_of(text)
    except Malformed:
        return set()
    found: set[str] = set()
    for part in parts:
        if isinstance(part, Variable):
            found |= {part.name} | (_names(part.rest) if part.operator.endswith("-") else set())
    return found
