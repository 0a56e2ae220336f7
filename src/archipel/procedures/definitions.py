# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the procedures are: apps define theirs in ``<app>/procedures.py``, imported when the process starts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise


@dataclass(frozen=True)
class Run:
    """What a step is given. ``results`` holds the results of the steps done, by name; ``attempt`` counts from 1.

    A step runs outside any transaction and may be run again after any part of it happened: it *ensures*, never
    *creates*. It returns JSON-ready values, or raises ``TryLater``, ``RefusedOutside`` or a ``Refusal``.
    """

    procedure_id: str
    kind: str
    about_kind: str
    about_id: str
    organisation_id: str
    started_by: str
    context: Mapping[str, Any]
    results: Mapping[str, Mapping[str, Any]]
    step: str
    attempt: int


@dataclass(frozen=True)
class StepDefinition:
    """``label`` says what is true once the step is done ("The place is reserved")."""

    name: str
    label: str | Promise
    run: Callable[[Run], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Definition:
    """The steps of one kind, in order. ``to_the_end``: it is never given up, only resumed until it is done."""

    kind: str
    title: str | Promise
    steps: tuple[StepDefinition, ...]
    to_the_end: bool = False

    def step(self, name: str) -> StepDefinition | None:
        return next((step for step in self.steps if step.name == name), None)


_definitions: dict[str, Definition] = {}


def define(kind: str, *, title: str | Promise, steps: Sequence[StepDefinition], to_the_end: bool = False) -> Definition:
    """Register a kind; a second definition of the same kind is a bug (``ValueError``)."""
    names = [step.name for step in steps]
    if kind in _definitions or not names or len(set(names)) != len(names):
        raise ValueError(f"procedure {kind}: defined twice, without steps, or two steps of one name")
    _definitions[kind] = Definition(kind, title, tuple(steps), to_the_end)
    return _definitions[kind]


def definition_of(kind: str) -> Definition | None:
    """Return a kind, or None where a later release dropped it."""
    return _definitions.get(kind)


def all_definitions() -> dict[str, Definition]:
    """Return every kind by name: tests make their cases from it."""
    return dict(_definitions)
