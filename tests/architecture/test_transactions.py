# SPDX-License-Identifier: AGPL-3.0-or-later
"""An operation happens wholly or not at all, and nothing outside is called while the database waits."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.sources import job_of, python_files, short, tree

# One of these is one statement or one row; two of them need a transaction.
WRITES = {"save", "create", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}
ALSO = {"record", "announce"}
# How a docstring says that the operation is no single transaction, and why that is right.
REASONS = ("transaction", "alls outside", "Repeatable", "repeatable", "in memory")
OUTSIDE = {
    "connector_of", "mail_sender", "mailbox_reader", "names_lookup", "website_store", "urlopen", "sleep",
    "build_store", "getaddrinfo",
}  # fmt: skip
OUTSIDE_MODULES = {"boto3", "smtplib", "imaplib", "socket", "urllib", "http", "requests", "dns", "subprocess", "shutil"}


def _functions(path: Path) -> Iterator[ast.FunctionDef]:
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef):
            yield node
        elif isinstance(node, ast.ClassDef):
            yield from (below for below in node.body if isinstance(below, ast.FunctionDef))


def _calls(node: ast.AST) -> Iterator[ast.Call]:
    yield from (below for below in ast.walk(node) if isinstance(below, ast.Call))


def _last(call: ast.Call) -> str:
    return ast.unparse(call.func).rsplit(".", 1)[-1]


def _writes(node: ast.FunctionDef) -> int:
    count = 0
    for call in _calls(node):
        name, target = _last(call), ast.unparse(call.func)
        tables = ".objects" in target or (name in {"save", "delete"} and isinstance(call.func, ast.Attribute))
        count += (name in WRITES and tables) or (name == "update" and ".objects" in target) or name in ALSO
    return count


def _atomic(node: ast.FunctionDef) -> bool:
    decorated = any("atomic" in ast.unparse(decorator) for decorator in node.decorator_list)
    return decorated or any(
        "atomic" in ast.unparse(below.items[0]) for below in ast.walk(node) if isinstance(below, ast.With)
    )


def test_operations_that_write_twice_are_atomic_or_say_why():
    wrong = [
        f"{short(path)}:{node.name}"
        for path in python_files()
        if job_of(path) == "operations"
        for node in _functions(path)
        if not node.name.startswith("_")
        and _writes(node) > 1
        and not _atomic(node)
        and not any(reason in (ast.get_docstring(node) or "") for reason in REASONS)
    ]
    assert wrong == []


def _transactions(path: Path) -> Iterator[tuple[str, ast.AST]]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.With) and any("atomic" in ast.unparse(item) for item in node.items):
            yield f"{short(path)}:{node.lineno}", node
        if isinstance(node, ast.FunctionDef) and any("atomic" in ast.unparse(word) for word in node.decorator_list):
            yield f"{short(path)}:{node.lineno}", node


def test_nothing_outside_is_called_inside_a_transaction():
    found = []
    for path in python_files():
        for where, block in _transactions(path):
            # What is handed to on_commit runs after it.
            after = {id(call) for commit in _calls(block) if _last(commit) == "on_commit" for call in _calls(commit)}
            found += [
                f"{where} {ast.unparse(call.func)}"
                for call in _calls(block)
                if id(call) not in after
                and (_last(call) in OUTSIDE or ast.unparse(call.func).split(".")[0] in OUTSIDE_MODULES)
            ]
    assert found == []


def test_transactions_are_found_at_all():
    assert sum(1 for path in python_files() for _ in _transactions(path)) > 60
