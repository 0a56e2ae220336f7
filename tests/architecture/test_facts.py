# SPDX-License-Identifier: AGPL-3.0-or-later
"""A fact that nobody hears is a mistake, or is announced for those who extend the house: then a document says so."""

from __future__ import annotations

import ast
import re

from archipel.outbox.facts import Fact
from tests.architecture.sources import ROOT, job_of, python_files, short, tree


def _facts() -> list[type[Fact]]:
    from importlib import import_module

    from tests.architecture.sources import APPS, SOURCE

    for name in APPS:
        if (SOURCE / name / "events.py").exists():
            import_module(f"archipel.{name}.events")
    return sorted(_leaves(Fact), key=lambda fact: (fact.__module__, fact.__name__))


def _leaves(kind: type[Fact]) -> set[type[Fact]]:
    below = [sub for sub in kind.__subclasses__() if sub.__module__.startswith("archipel.")]
    return set().union(*({sub, *_leaves(sub)} if not sub.__subclasses__() else _leaves(sub) for sub in below))


def _named_in_code(function: str) -> set[str]:
    """Return the first names given to a call or decorator: ``on(SpaceOpened)``, ``announce(SpaceOpened(…))``."""
    names = set()
    for path in python_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and ast.unparse(node.func).rsplit(".", 1)[-1] == function and node.args:
                names |= set(re.findall(r"[A-Z]\w+", ast.unparse(node.args[0])))
    return names


def _documented() -> str:
    return "\n".join(path.read_text() for path in (ROOT / "docs").rglob("*.md"))


def test_every_fact_is_heard_or_documented():
    heard, words = _named_in_code("on"), _documented()
    alone = [fact.__name__ for fact in _facts() if fact.__name__ not in heard and f"`{fact.__name__}`" not in words]
    assert alone == []


def test_every_fact_is_announced_somewhere():
    source = "\n".join(path.read_text() for path in python_files() if job_of(path) != "events")
    assert [
        fact.__name__ for fact in _facts() if f"{fact.__name__}(" not in source and f"{fact.__name__}," not in source
    ] == []


def test_facts_are_frozen_past_and_dated_by_a_version():
    wrong = [
        fact.__name__
        for fact in _facts()
        if not fact.__dataclass_params__.frozen or not isinstance(fact.version, int) or fact.version < 1
    ]
    assert wrong == []


def test_only_tasks_hear_facts():
    found = [
        short(path)
        for path in python_files()
        if job_of(path) != "tasks" and re.search(r"^@on\(", path.read_text(), re.MULTILINE)
    ]
    assert found == []


def test_apps_do_not_talk_by_signals():
    found = []
    for path in python_files():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").endswith("signals"):
                found.append(short(path))
            if (
                isinstance(node, ast.Call)
                and ast.unparse(node.func).endswith(".connect")
                and "signal" in ast.unparse(node)
            ):
                found.append(short(path))
    assert sorted(set(found)) == []
