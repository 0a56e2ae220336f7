# SPDX-License-Identifier: AGPL-3.0-or-later
"""The source files, read once, for the tests that check how the house is built."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "archipel"
# Top first, as in docs/architecture.md.
ORDER = [
    "config", "connectors", "portal", "admissions", "spaces", "machines", "agreements", "catalogue", "conversations", "organisations",
    "identity", "procedures", "mailing", "design", "host", "history", "outbox", "kernel",
]  # fmt: skip
APPS = [name for name in ORDER if name not in ("config", "connectors")]


def python_files(*folders: Path) -> list[Path]:
    """Return our Python files, migrations left out."""
    found = [path for folder in folders or (SOURCE,) for path in folder.rglob("*.py")]
    return sorted(path for path in found if "migrations" not in path.parts)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def app_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0]


def job_of(path: Path) -> str:
    """Return which file of its app this is: ``operations`` for both operations.py and operations/requests.py."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return parts[1] if len(parts) > 1 else parts[0]


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def short(path: Path) -> str:
    return str(path.relative_to(ROOT))
