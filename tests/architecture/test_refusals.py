# SPDX-License-Identifier: AGPL-3.0-or-later
"""A refusal is an exception with a code of its own, beside the operation that raises it."""

from __future__ import annotations

import re
from collections import defaultdict
from importlib import import_module

from django.utils.functional import Promise

from archipel.kernel.refusals import Invalid, Refusal
from tests.architecture.sources import SOURCE, python_files

# What only reads input may refuse what it could not read, nothing else.
READERS = {"web", "api", "forms"}
NEVER = {"tasks", "management", "models", "urls", "apps", "emails", "personal", "sentences"}
CODE = re.compile(r"[a-z]+(?:_[a-z]+)*")


def _refusals() -> list[type[Refusal]]:
    for path in python_files():
        words = path.relative_to(SOURCE.parent).with_suffix("").parts
        names_one = "Refusal" in path.read_text() or "Invalid" in path.read_text()
        if names_one and "config" not in words:
            import_module(".".join(words[:-1] if path.stem == "__init__" else words))
    return sorted(_below(Refusal), key=lambda kind: (kind.__module__, kind.__name__))


def _below(kind: type[Refusal]) -> set[type[Refusal]]:
    direct = {below for below in kind.__subclasses__() if below.__module__.startswith("archipel.")}
    return direct.union(*(_below(below) for below in direct))


def _where(kind: type[Refusal]) -> str:
    return f"{kind.__module__}.{kind.__name__}"


def test_every_refusal_has_a_code_of_its_own():
    owners = defaultdict(list)
    for kind in _refusals():
        owners[kind.__dict__.get("code", f"none: {_where(kind)}")].append(_where(kind))
    shared = {code: kinds for code, kinds in owners.items() if len(kinds) > 1}
    strange = [code for code in owners if not CODE.fullmatch(code)]
    assert (shared, strange) == ({}, [])


def test_every_refusal_speaks_to_a_person():
    silent = [_where(kind) for kind in _refusals() if not isinstance(kind.message, Promise)]
    assert silent == []


def test_every_refusal_has_a_status_that_says_whose_turn_it_is():
    assert {kind.status for kind in _refusals()} <= {401, 403, 404, 409, 410, 413, 422, 429, 502, 503}


def test_refusals_live_beside_operations():
    jobs = {_where(kind): kind for kind in _refusals()}
    wrong = [
        name
        for name, kind in jobs.items()
        if name.split(".")[2] in NEVER or (name.split(".")[2] in READERS and not issubclass(kind, Invalid))
    ]
    assert wrong == []


def test_refusals_are_found_at_all():
    assert len(_refusals()) > 40
