# SPDX-License-Identifier: AGPL-3.0-or-later
"""A state is moved in one place of its app, and only as its table of moves allows."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.db import models

from archipel.kernel.states import Moves
from tests.architecture.sources import SOURCE, app_of, functions, job_of, python_files, short

# Rows of background work: a worker takes and settles them by single guarded statements, measured and tested as such.
MACHINERY = {"outbox", "procedures"}
NEVER_MOVE = {"web", "api", "tasks", "management", "models", "queries", "access", "personal", "emails"}


def _moves_of(app: str) -> dict[str, Moves]:
    from importlib import import_module

    if not (SOURCE / app / "states.py").exists():
        return {}
    module = import_module(f"archipel.{app}.states")
    return {name: value for name, value in vars(module).items() if isinstance(value, Moves)}


def _writes_state(node: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    for below in ast.walk(node):
        if isinstance(below, ast.Assign):
            written = any(isinstance(target, ast.Attribute) and target.attr == "state" for target in below.targets)
        elif isinstance(below, ast.Call) and isinstance(below.func, ast.Attribute) and below.func.attr == "update":
            written = any(word.arg == "state" for word in below.keywords)
        else:
            continue
        if written:
            return True
    return False


def _writers() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in python_files():
        if app_of(path) in MACHINERY or app_of(path) == "connectors":
            continue
        for node in functions(path):
            if _writes_state(node):
                yield path, node


def test_a_state_is_moved_by_asking_the_table():
    unasked = [
        f"{short(path)}:{node.name}"
        for path, node in _writers()
        if not any(
            isinstance(call, ast.Call) and ast.unparse(call.func).rsplit(".", 1)[-1] in {"check", "allows", "_move"}
            for call in ast.walk(node)
        )
    ]
    assert unasked == []


def test_no_way_in_moves_a_state():
    assert [f"{short(path)}:{node.name}" for path, node in _writers() if job_of(path) in NEVER_MOVE] == []


def test_every_table_of_moves_is_the_one_the_database_knows():
    """The states a check constraint lists are those some table of the app names."""
    unknown = {}
    for model in apps.get_models():
        if not model.__module__.startswith("archipel.") or model._meta.app_label in MACHINERY:
            continue
        for rule in model._meta.constraints:
            values = _state_values(rule)
            tables = [frozenset(moves.states) for moves in _moves_of(model._meta.app_label).values()]
            if values and tables and values not in tables:
                unknown[rule.name] = sorted(values)
    assert unknown == {}


def _state_values(rule: object) -> frozenset[str]:
    if not isinstance(rule, models.CheckConstraint) or len(rule.condition.children) != 1:
        return frozenset()
    child = rule.condition.children[0]
    if isinstance(child, tuple) and child[0] == "state__in":
        return frozenset(str(value) for value in child[1])
    return frozenset()


def test_every_model_with_a_state_has_a_table_of_moves():
    missing = {
        model._meta.app_label
        for model in apps.get_models()
        if model.__module__.startswith("archipel.")
        and model._meta.app_label != "outbox"
        and any(field.name == "state" for field in model._meta.local_fields)
        and not _moves_of(model._meta.app_label)
    }
    assert missing == set()
