# SPDX-License-Identifier: AGPL-3.0-or-later
"""YAML read with care: every value knows its line; bombs, tags, keys given twice and very deep or large files are refused.

PyYAML gives events and marks; what a plain word means (number, true, null) is decided here as Docker's reader does
(gopkg.in/yaml.v3: YAML 1.2 words, and octal numbers written ``0444``), not as YAML 1.1 does (``no`` is no boolean).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any, Literal

import yaml

from archipel.machines.recipes.findings import Place, Unreadable

MOST_BYTES = 262_144
MOST_DEPTH = 40
# Values after every alias is put in; the largest real recipe read so far has some 700.
MOST_VALUES = 20_000
# What PyYAML gives to values without a tag; words it takes for a date, ``=`` or ``<<`` are words here.
TAGS = ("str", "int", "float", "bool", "null", "map", "seq", "timestamp", "value", "merge")
STANDARD_TAGS = {f"tag:yaml.org,2002:{name}" for name in TAGS}

Kind = Literal["text", "whole", "decimal", "flag", "nothing"]
WHOLE = re.compile(r"[-+]?(?:0[xX][0-9a-fA-F]+|0o?[0-7]+|0|[1-9][0-9]*)")
DECIMAL = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+\.[0-9]*)(?:[eE][-+]?[0-9]+)?|[-+]?[0-9]+[eE][-+]?[0-9]+")
FLAGS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
NOTHING = {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True)
class Leaf:
    """A word: ``text`` as written, without its quotes; ``kind``: what it stands for when it has none."""

    text: str
    kind: Kind
    place: Place


@dataclass(frozen=True)
class Items:
    values: tuple[Value, ...]
    place: Place


@dataclass(frozen=True)
class Table:
    """Keys in the order of the file; ``lines`` says where each key stands."""

    entries: dict[str, Value]
    lines: dict[str, Place] = field(compare=False)
    place: Place

    def at(self, key: str) -> Place:
        return self.lines.get(key, self.place)

    def without(self, *keys: str) -> Table:
        return replace(self, entries={key: value for key, value in self.entries.items() if key not in keys})


Value = Leaf | Items | Table


def read_yaml(content: bytes, file: str) -> Table:
    """Return the mapping a YAML file holds; ``Unreadable`` for anything else, and for what is hostile or ambiguous."""
    whole = Place(file)
    if len(content) > MOST_BYTES:
        raise Unreadable(whole, "", f"the file has more than {MOST_BYTES // 1024} KiB")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable(whole, "", "the file is not UTF-8") from error
    try:
        _check_depth(text, file)
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = _line(error.problem_mark)
        raise Unreadable(Place(file, line), "", f"this is not YAML: {error.problem or error.context}") from error
    except yaml.YAMLError as error:
        raise Unreadable(whole, "", "this is not YAML: a sign that may not stand in a text file") from error
    if not isinstance(node, yaml.MappingNode):
        raise Unreadable(whole, "", "a mapping is expected: keys, each with its value")
    table = _Converter(file).value(node, "")
    assert isinstance(table, Table)
    return table


def _check_depth(text: str, file: str) -> None:
    # Before composing, which is recursive: a deep file must not end the process's stack.
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > MOST_DEPTH:
                raise Unreadable(Place(file, _line(event.start_mark)), "", f"more than {MOST_DEPTH} levels deep")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _line(mark: Any) -> int:
    """Return the line of PyYAML's mark, from 1; its types allow that there is none."""
    return int(mark.line) + 1 if mark else 0


class _Converter:
    """Turns PyYAML's nodes into ours, and counts them: an alias costs what it stands for each time."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.count = 0
        self.open: set[int] = set()

    def value(self, node: yaml.Node, key: str) -> Value:
        place = self.place(node)
        self.count += 1
        if self.count > MOST_VALUES:
            raise Unreadable(place, key, f"more than {MOST_VALUES} values once the aliases are put in")
        if id(node) in self.open:
            raise Unreadable(place, key, "an alias holds itself")
        if node.tag not in STANDARD_TAGS:
            raise Unreadable(place, key, f"the tag {node.tag} is not read: write the value itself")
        if isinstance(node, yaml.ScalarNode):
            kind = kind_of(node.value) if node.style is None else "text"
            return Leaf(node.value, kind, place)
        self.open.add(id(node))
        made = self.table(node, key) if isinstance(node, yaml.MappingNode) else self.items(node, key)
        self.open.discard(id(node))
        return made

    def place(self, node: yaml.Node) -> Place:
        return Place(self.file, _line(node.start_mark))

    def items(self, node: yaml.Node, key: str) -> Items:
        values = [self.value(child, f"{key}[{number}]") for number, child in enumerate(node.value)]
        return Items(tuple(values), self.place(node))

    def table(self, node: yaml.MappingNode, key: str) -> Table:
        own: dict[str, Value] = {}
        lines: dict[str, Place] = {}
        merged: list[Table] = []
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                raise Unreadable(self.place(key_node), key, "a key must be a word")
            name = key_node.value
            if name == "<<" and key_node.style is None:
                merged += self.merged(value_node, key)
                continue
            if name in own:
                raise Unreadable(self.place(key_node), _below(key, name), "the key is there twice")
            own[name] = self.value(value_node, _below(key, name))
            lines[name] = self.place(key_node)
        for other in merged:
            for name in [name for name in other.entries if name not in own]:
                own[name], lines[name] = other.entries[name], other.at(name)
        return Table(own, lines, self.place(node))

    def merged(self, node: yaml.Node, key: str) -> list[Table]:
        """Return the mappings that ``<<`` puts in: one, or a list of them of which the first wins."""
        value = self.value(node, key)
        tables = list(value.values) if isinstance(value, Items) else [value]
        found = [table for table in tables if isinstance(table, Table)]
        if len(found) != len(tables):
            raise Unreadable(self.place(node), _below(key, "<<"), "an alias of a mapping is expected")
        return found


def kind_of(text: str) -> Kind:
    """Return what a word without quotes stands for."""
    if text in NOTHING:
        return "nothing"
    if text in FLAGS:
        return "flag"
    if WHOLE.fullmatch(text):
        return "whole"
    return "decimal" if DECIMAL.fullmatch(text) else "text"


def whole_number(text: str) -> int:
    """Return the number a word of kind ``whole`` stands for: decimal, ``0x…``, or octal ``0…`` and ``0o…``."""
    digits = text.lstrip("+-").lower()
    sign = -1 if text.startswith("-") else 1
    if digits.startswith("0x"):
        return sign * int(digits, 16)
    if len(digits) > 1 and digits.startswith("0"):
        return sign * int(digits.removeprefix("0o"), 8)
    return sign * int(digits)


def leaves(value: Value, key: str = "") -> Iterator[tuple[str, Leaf]]:
    """Walk the words of a tree with the path of each."""
    if isinstance(value, Leaf):
        yield key, value
    elif isinstance(value, Items):
        for number, child in enumerate(value.values):
            yield from leaves(child, f"{key}[{number}]")
    else:
        for name, child in value.entries.items():
            yield from leaves(child, _below(key, name))


def _below(key: str, name: str) -> str:
    return f"{key}.{name}" if key else name
