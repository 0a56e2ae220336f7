# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the database guarantees: keys that point down and protect, constraints named as sentences."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from django.apps import apps
from django.db import models
from django.db.models import CASCADE, PROTECT

from tests.architecture.sources import APPS, ORDER, SOURCE, short, tree

SENTENCE = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+){2,}")
# Generated migrations name the function that makes a public id: it is an idea of the house older than any table.
OURS_IN_MIGRATIONS = {"archipel.kernel.references"}
OF_THE_HOUSE = "archipel."


def _models() -> list[type[models.Model]]:
    return [model for model in apps.get_models() if model.__module__.startswith(OF_THE_HOUSE)]


def _keys() -> Iterator[tuple[type[models.Model], models.ForeignKey]]:
    for model in _models():
        for field in model._meta.local_fields:
            if isinstance(field, models.ForeignKey):
                yield model, field


def _named(model: type[models.Model], field: models.ForeignKey) -> str:
    return f"{model._meta.label}.{field.name}"


def _between_apps() -> list[tuple[type[models.Model], models.ForeignKey]]:
    return [(model, field) for model, field in _keys() if field.related_model._meta.app_label != model._meta.app_label]


def test_keys_between_apps_point_down():
    upward = [
        _named(model, field)
        for model, field in _between_apps()
        if ORDER.index(field.related_model._meta.app_label) < ORDER.index(model._meta.app_label)
    ]
    assert upward == []


def test_keys_between_apps_protect():
    assert [
        _named(model, field) for model, field in _between_apps() if field.remote_field.on_delete is not PROTECT
    ] == []


def test_keys_between_apps_add_nothing_to_the_model_below():
    adding = [_named(model, field) for model, field in _between_apps() if field.remote_field.related_name != "+"]
    unnamed = [_named(model, field) for model, field in _between_apps() if not field.remote_field.related_query_name]
    assert (adding, unnamed) == ([], [])


def test_keys_inside_an_app_protect_or_go_with_their_owner():
    others = [
        _named(model, field) for model, field in _keys() if field.remote_field.on_delete not in {PROTECT, CASCADE}
    ]
    assert others == []


def test_there_is_no_hidden_table_between_two_models():
    assert [model._meta.label for model in _models() if model._meta.local_many_to_many] == []


def test_constraints_are_sentences_said_once():
    names = [rule.name for model in _models() for rule in model._meta.constraints]
    assert [name for name in names if not SENTENCE.fullmatch(name)] == []
    assert [name for name, times in Counter(names).items() if times > 1] == []


def test_every_state_is_one_the_database_knows():
    """A ``state`` of any row is held by a check: what code forgets, the database remembers."""
    unchecked = [
        model._meta.label
        for model in _models()
        if any(field.name == "state" for field in model._meta.local_fields) and not _checks_state(model)
    ]
    assert unchecked == []


def _checks_state(model: type[models.Model]) -> bool:
    return any(
        isinstance(rule, models.CheckConstraint) and "state" in str(rule.condition) for rule in model._meta.constraints
    )


def test_every_app_with_tables_has_its_migrations():
    owners = {model._meta.app_label for model in _models()}
    assert sorted(name for name in owners if not list((SOURCE / name / "migrations").glob("0*.py"))) == []
    assert owners <= set(APPS)


def test_migrations_import_no_product_code():
    found = set()
    for path in sorted(SOURCE.glob("*/migrations/*.py")):
        for node in ast.walk(tree(path)):
            names = [name.name for name in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            found |= {
                (short(path), name)
                for name in names
                if name.startswith(OF_THE_HOUSE) and name not in OURS_IN_MIGRATIONS
            }
    assert found == set()


def test_migrations_are_named_by_hand():
    assert [short(path) for path in SOURCE.glob("*/migrations/0*.py") if "_auto_" in path.stem] == []
