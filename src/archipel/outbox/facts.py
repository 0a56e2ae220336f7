# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a fact is, who listens to it, and how it is written to JSON and read back, older versions included."""

from __future__ import annotations

import types
from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any, ClassVar, TypeVar, Union, get_args, get_origin, get_type_hints

from archipel.kernel.money import Money


class UnreadableFact(Exception):
    """A stored fact whose name or version this code does not know (yet): a newer release wrote it."""


@dataclass(frozen=True)
class Fact:
    """Something that happened. Subclasses are frozen dataclasses named in the past tense.

    Fields hold str, int, float, bool, None, datetime, date, Money, or tuples of these. A change of fields raises
    ``version`` and teaches ``upgraded`` the way from each earlier one.
    """

    version: ClassVar[int] = 1

    @classmethod
    def upgraded(cls, values: dict[str, Any], version: int) -> dict[str, Any]:
        """Return the fields of an older ``version`` as those of the present one."""
        raise UnreadableFact(f"{fact_name(cls)} version {version} with {sorted(values)}")


F = TypeVar("F", bound=Fact)
Handler = Callable[[F], None]

_facts: dict[str, type[Fact]] = {}
_handlers: dict[type[Fact], list[str]] = {}
_conditions: dict[str, Callable[[], bool]] = {}


def on(fact_class: type[F], *, when: Callable[[], bool] | None = None) -> Callable[[Handler[F]], Handler[F]]:
    """Deliver each such fact to the decorated function, at least once and in no promised order.

    ``when`` is asked as a fact is announced: a listener that the host does not use costs no row.
    """

    def register(handler: Handler[F]) -> Handler[F]:
        path = f"{handler.__module__}.{handler.__qualname__}"
        _facts[fact_name(fact_class)] = fact_class
        listening = _handlers.setdefault(fact_class, [])
        if path not in listening:
            listening.append(path)
        if when is not None:
            _conditions[path] = when
        return handler

    return register


def handlers_of(fact_class: type[Fact]) -> tuple[str, ...]:
    """Return the dotted paths of who listens now."""
    listening = _handlers.get(fact_class, ())
    return tuple(path for path in listening if path not in _conditions or _conditions[path]())


def is_handler(fact_class: type[Fact], path: str) -> bool:
    """Return whether a path is one that was ever told of such facts, with or without a business of it now."""
    return path in _handlers.get(fact_class, ())


def known_facts() -> dict[str, type[Fact]]:
    """Return the facts somebody listens to, by name."""
    return dict(_facts)


def fact_name(fact_class: type[Fact]) -> str:
    """Return ``app.Name``: stable when a class moves between files of its app."""
    parts = fact_class.__module__.split(".")
    app = parts[1] if parts[0] == "archipel" and len(parts) > 1 else parts[-1]
    return f"{app}.{fact_class.__name__}"


def to_json(fact: Fact) -> dict[str, Any]:
    """Return what is stored: name, version and fields."""
    values = {field.name: _written(getattr(fact, field.name)) for field in fields(fact)}
    return {"fact": fact_name(type(fact)), "version": fact.version, "values": values}


def from_json(stored: dict[str, Any]) -> Fact:
    """Read a stored fact; ``UnreadableFact`` when a newer release wrote it."""
    fact_class = _facts.get(stored["fact"])
    if fact_class is None or stored["version"] > fact_class.version:
        raise UnreadableFact(f"{stored['fact']} version {stored['version']}")
    values = stored["values"]
    if stored["version"] < fact_class.version:
        values = fact_class.upgraded(values, stored["version"])
    hints = get_type_hints(fact_class)
    return fact_class(**{name: _read(hints[name], value) for name, value in values.items()})


def _written(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, date):  # datetimes are dates too
        return value.isoformat()
    if isinstance(value, Money):
        return {"cents": value.cents, "currency": value.currency}
    if isinstance(value, tuple):
        return [_written(item) for item in value]
    raise TypeError(f"a fact cannot hold a {type(value).__name__}")


def _read(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if get_origin(hint) in (Union, types.UnionType):
        hint = next(choice for choice in get_args(hint) if choice is not types.NoneType)
    if get_origin(hint) is tuple:
        return tuple(_read(get_args(hint)[0], item) for item in value)
    if hint in (datetime, date):
        return hint.fromisoformat(value)
    return Money(**value) if hint is Money else value
