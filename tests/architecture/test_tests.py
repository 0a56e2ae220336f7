# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tests are where their source is, say what they look at, and patch nothing of ours."""

from __future__ import annotations

import ast
import re
from collections import Counter
from pathlib import Path

from tests.architecture.sources import APPS, ROOT, SOURCE, functions, short, tree

TESTS = ROOT / "tests"
# Folders of tests about no single app.
ACROSS = {"access", "architecture", "config", "connectors", "deployment", "engine", "faults", "journeys"}
PATCHES = re.compile(r"""(?:mock\.)?patch(?:\.object)?\(\s*["']?archipel|monkeypatch\.setattr\(\s*["']archipel""")
NAME = re.compile(r"test_[a-z0-9]+(?:_[a-z0-9]+)+")


def _files() -> list[Path]:
    return sorted(path for path in TESTS.rglob("test_*.py"))


def test_every_app_has_tests():
    assert [name for name in APPS if not list((TESTS / name).glob("test_*.py"))] == []


def test_folders_of_tests_mirror_the_apps():
    folders = {path.name for path in TESTS.iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert folders - ACROSS - set(APPS) == set()


def test_every_operation_is_called_by_somebody():
    source = "\n".join(path.read_text() for path in [*SOURCE.rglob("*.py"), *TESTS.rglob("*.py")])
    lonely = []
    for name in APPS:
        for path in [*SOURCE.glob(f"{name}/operations.py"), *SOURCE.glob(f"{name}/operations/*.py")]:
            for node in tree(path).body:
                public = isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
                if public and len(re.findall(rf"\b{node.name}\b", source)) < 2:
                    lonely.append(f"{short(path)}:{node.name}")
    assert lonely == []


def test_names_of_tests_say_what_is_looked_at():
    wrong = [
        f"{short(path)}:{node.name}"
        for path in _files()
        for node in functions(path)
        if node.name.startswith("test_") and not NAME.fullmatch(node.name)
    ]
    assert wrong == []


def test_names_of_tests_are_said_once_in_a_file():
    """The second of two would silently replace the first."""
    twice = {}
    for path in _files():
        names = [node.name for node in tree(path).body if isinstance(node, ast.FunctionDef)]
        twice |= {f"{short(path)}:{name}": times for name, times in Counter(names).items() if times > 1}
    assert twice == {}


def test_every_test_can_fail():
    """A test asserts, or expects a refusal, or calls something of the tests that does."""
    weak = []
    for path in _files():
        looking = _looking(path)
        for node in tree(path).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                words = ast.unparse(node)
                if not any(re.search(rf"\b{name}\b", words) for name in looking):
                    weak.append(f"{short(path)}:{node.name}")
    assert weak == []


def _looking(path: Path) -> set[str]:
    """Return the words that can make a test fail: assertions, and functions of the tests that hold some."""
    # What is checked by a function that refuses is a test that it does not refuse.
    names = {"assert", "raises", "fail", r"check\w*"}
    for node in tree(path).body:
        if isinstance(node, ast.FunctionDef) and "assert" in ast.unparse(node):
            names.add(node.name)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("tests.journeys"):
            names |= {name.name for name in node.names}
    return names


def test_our_own_code_is_not_patched():
    assert [short(path) for path in _files() if PATCHES.search(path.read_text()) and path.name != "test_tests.py"] == []
