# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import ast

from tests.architecture.sources import functions, job_of, python_files, short, tree

WRITES = {
    "save",
    "create",
    "update",
    "delete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
    "select_for_update",
}
WAYS_IN = {"web", "api", "admin", "tasks", "management", "urls"}
# Objects whose methods are named like writes of a table but are none: sets, forms, sessions, responses, hashes.
NOT_TABLES = {
    "context",
    "router",
    "initial",
    "parameters",
    "found",
    "seen",
    "response",
    "answer",
    "hash",
    "digest",
    "headers",
    "session",
    "fields",
}


def _operations():
    for path in python_files():
        if job_of(path) != "operations":
            continue
        for node in tree(path).body:
            if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
                yield path, node


def test_operations_take_only_named_arguments():
    positional = [
        f"{short(path)}:{node.name}" for path, node in _operations() if _positional(node) and not _decorated(node)
    ]
    allowed = {"src/archipel/outbox/operations.py:announce"}
    assert set(positional) - allowed == set()


def _positional(node: ast.FunctionDef) -> bool:
    return bool(node.args.args or node.args.posonlyargs)


def _decorated(node: ast.FunctionDef) -> bool:
    return any("contextmanager" in ast.unparse(decorator) for decorator in node.decorator_list)


def test_operations_are_typed():
    untyped = []
    for path, node in _operations():
        arguments = [*node.args.args, *node.args.kwonlyargs]
        if node.returns is None or any(argument.annotation is None for argument in arguments):
            untyped.append(f"{short(path)}:{node.name}")
    assert untyped == []


def test_ways_in_never_write():
    found = []
    for path in python_files():
        if job_of(path) not in WAYS_IN:
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in WRITES:
                target = ast.unparse(node.func.value)
                if "objects" in target or (
                    node.func.attr in {"save", "delete"} and target.split(".")[-1] not in NOT_TABLES
                ):
                    found.append(f"{short(path)}:{node.lineno} {target}.{node.func.attr}")
    assert found == []


def test_time_comes_from_the_clock():
    found = []
    for path in python_files():
        if job_of(path) in {"clock"} or "connectors" in path.parts:
            continue
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) in {
                "timezone.now",
                "date.today",
                "datetime.today",
                "datetime.utcnow",
            }:
                found.append(f"{short(path)}:{node.lineno}")
    assert found == []


def test_functions_are_found_at_all():
    assert sum(1 for _ in _operations()) > 20
    assert sum(1 for path in python_files() for _ in functions(path)) > 200
