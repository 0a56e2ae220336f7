# SPDX-License-Identifier: AGPL-3.0-or-later
"""Typed readers of a located tree: each returns what it read or raises ``Unreadable`` with what is expected there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, TypeVar, overload

from archipel.machines.recipes.findings import Notebook, Place, Unreadable
from archipel.machines.recipes.located import FLAGS, Items, Leaf, Table, Value, whole_number
from archipel.machines.recipes.quantities import mode_of, seconds_of, share_of_cpus, size_in_bytes

Read = TypeVar("Read")
Reader = Callable[[Value, str], Read]


class Fields:
    """A mapping read key by key. Keys that nobody took are told by ``rest``; what cannot be read is noted, and the default given."""

    def __init__(self, value: Value | None, key: str, notebook: Notebook, *, place: Place | None = None) -> None:
        self.key, self.notebook = key, notebook
        self.table = notebook.attempt(lambda: table(value, key) if value is not None else None, None)
        self.place = self.table.place if self.table else place or (value.place if value else Place(""))
        self.taken: set[str] = set()

    def __contains__(self, name: str) -> bool:
        return self.table is not None and name in self.table.entries

    def path(self, name: str) -> str:
        return f"{self.key}.{name}" if self.key else name

    def at(self, name: str) -> Place:
        return self.table.at(name) if self.table else self.place

    def value(self, name: str) -> Value | None:
        """Return a value as it stands, None when absent or written without anything; it counts as taken."""
        self.taken.add(name)
        found = self.table.entries.get(name) if self.table else None
        return None if isinstance(found, Leaf) and found.kind == "nothing" else found

    @overload
    def take(self, name: str, reader: Reader[Read], default: None) -> Read | None: ...
    @overload
    def take(self, name: str, reader: Reader[Read], default: Any) -> Read: ...
    def take(self, name: str, reader: Reader[Any], default: Any) -> Any:
        """Return what the reader makes of a key; the default when it is absent, or cannot be read (which is noted)."""
        found = self.value(name)
        if found is None:
            return default
        key = self.path(name)
        before = self.notebook.error_count
        made = self.notebook.attempt(lambda: reader(found, key), default)
        if self.notebook.error_count == before:
            self.notebook.read(self.at(name), key)
        return made

    @overload
    def need(self, name: str, reader: Reader[Read], default: None, expected: str) -> Read | None: ...
    @overload
    def need(self, name: str, reader: Reader[Read], default: Any, expected: str) -> Read: ...
    def need(self, name: str, reader: Reader[Any], default: Any, expected: str) -> Any:
        """Like ``take``, and note when the key is absent or empty."""
        if self.value(name) is None:
            self.notebook.wrong(self.place, self.path(name), f"is missing: {expected}")
            return default
        return self.take(name, reader, default)

    def below(self, name: str) -> Fields:
        """Return the mapping below a key, empty when it is absent."""
        return Fields(self.value(name), self.path(name), self.notebook, place=self.at(name))

    def rest(self) -> Iterator[tuple[str, Place]]:
        """Walk the keys that nobody took, with their places."""
        for name in self.table.entries if self.table else ():
            if name not in self.taken:
                yield name, self.at(name)

    def refuse_rest(self, expected: str) -> None:
        """Note every key that nobody took as wrong."""
        for name, place in self.rest():
            self.notebook.wrong(place, self.path(name), f"is no key of a recipe; {expected}")


def table(value: Value, key: str) -> Table:
    if isinstance(value, Leaf) and value.kind == "nothing":
        return Table({}, {}, value.place)
    if not isinstance(value, Table):
        raise Unreadable(value.place, key, "a mapping is expected: keys, each with its value")
    return value


def items(value: Value, key: str) -> tuple[Value, ...]:
    if not isinstance(value, Items):
        raise Unreadable(value.place, key, "a list is expected")
    return value.values


def leaf(value: Value, key: str) -> Leaf:
    if not isinstance(value, Leaf):
        raise Unreadable(value.place, key, "a single word is expected")
    return value


def text(value: Value, key: str) -> str:
    found = leaf(value, key)
    if found.kind == "nothing" or not found.text.strip():
        raise Unreadable(found.place, key, "is empty: some words are expected")
    return found.text


def flag(value: Value, key: str) -> bool:
    found = leaf(value, key)
    if found.text not in FLAGS:
        raise Unreadable(found.place, key, "true or false is expected")
    return FLAGS[found.text]


def whole(value: Value, key: str) -> int:
    """Read a whole number, zero or more."""
    found = leaf(value, key)
    if not found.text.isascii() or not found.text.isdecimal() or len(found.text) > 12:
        raise Unreadable(found.place, key, "a whole number is expected")
    return int(found.text)


def port(value: Value, key: str) -> int:
    number = whole(value, key)
    if not 0 < number < 65_536:
        raise Unreadable(value.place, key, "a port from 1 to 65535 is expected")
    return number


def _quantity(parse: Callable[[str], Read], expected: str) -> Reader[Read]:
    def read(value: Value, key: str) -> Read:
        found = leaf(value, key)
        try:
            return parse(found.text)
        except ValueError as error:
            raise Unreadable(found.place, key, f"“{found.text[:40]}” is not {expected}") from error

    return read


size: Reader[int] = _quantity(size_in_bytes, "a size such as 256M or 1.5G")
duration: Reader[float] = _quantity(seconds_of, "a duration such as 10s or 1m30s")
cpus: Reader[float] = _quantity(share_of_cpus, "a number of processors such as 0.5")
mode: Reader[int] = _quantity(mode_of, "a mode in octal such as 0440")


def texts(value: Value, key: str) -> tuple[str, ...]:
    """Read a list of words; a word alone is a list of one."""
    if isinstance(value, Leaf):
        return (text(value, key),)
    return tuple(text(child, f"{key}[{number}]") for number, child in enumerate(items(value, key)))


def pairs(value: Value, key: str) -> dict[str, str | None]:
    """Read ``NAME=value`` in a list or ``NAME: value`` in a mapping; None where no value is given."""
    if isinstance(value, Table):
        return {name: _given(child, f"{key}.{name}") for name, child in value.entries.items()}
    found: dict[str, str | None] = {}
    for number, child in enumerate(items(value, key)):
        name, sign, rest = text(child, f"{key}[{number}]").partition("=")
        found[name.strip()] = rest if sign else None
    return found


def _given(value: Value, key: str) -> str | None:
    found = leaf(value, key)
    if found.kind == "nothing":
        return None
    if found.kind == "flag":
        raise Unreadable(found.place, key, "put quotes around true and false here: Docker refuses them bare")
    if found.kind == "whole":
        return str(whole_number(found.text))
    if found.kind == "decimal" and repr(float(found.text)) != found.text:
        raise Unreadable(found.place, key, "put quotes around this number, or its digits change when it is read")
    return found.text


def languages(value: Value, key: str) -> dict[str, str]:
    """Read a text in French and in English, both needed."""
    found = table(value, key)
    for name, place in found.lines.items():
        if name not in ("en", "fr"):
            raise Unreadable(place, f"{key}.{name}", "en and fr are expected")
    for name in ("en", "fr"):
        if name not in found.entries:
            raise Unreadable(found.place, f"{key}.{name}", "is missing: the words in this language")
    return {name: " ".join(text(found.entries[name], f"{key}.{name}").split()) for name in ("en", "fr")}
