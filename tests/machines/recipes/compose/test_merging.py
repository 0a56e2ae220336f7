# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from archipel.machines.recipes.compose.merging import merged
from archipel.machines.recipes.located import leaves
from tests.machines.recipes.folders import tree


def put(first: str, second: str) -> dict[str, str]:
    return {key: leaf.text for key, leaf in leaves(merged(tree(first, "a.yml"), tree(second, "b.yml")))}


def test_mappings_are_put_together_and_later_words_win():
    assert put("s: {app: {image: a, user: x}}", "s: {app: {image: b}, db: {image: c}}") == {
        "s.app.image": "b", "s.app.user": "x", "s.db.image": "c"
    }  # fmt: skip


def test_variables_are_told_apart_by_name_in_lists_and_mappings():
    assert put("environment: [A=1, B=2, C]", "environment: {B: 3, D: 4}") == {
        "environment.A": "1", "environment.B": "3", "environment.C": "", "environment.D": "4"
    }  # fmt: skip
    assert put("labels: {a: 1}", "labels: [a=2, 'b=c=d']") == {"labels.a": "2", "labels.b": "c=d"}


def test_mounts_are_told_apart_by_where_they_stand():
    assert put("volumes: ['a:/x', 'b:/y']", "volumes: ['c:/x', {type: tmpfs, target: /z}]") == {
        "volumes[0]": "b:/y", "volumes[1]": "c:/x", "volumes[2].type": "tmpfs", "volumes[2].target": "/z"
    }  # fmt: skip


def test_secrets_are_added():
    assert put("secrets: [a]", "secrets: [b, {source: c}]") == {
        "secrets[0]": "a",
        "secrets[1]": "b",
        "secrets[2].source": "c",
    }


def test_other_lists_are_replaced():
    assert put("command: [a, b]", "command: [c]") == {"command[0]": "c"}


def test_an_empty_entry_takes_nothing_away():
    assert put("volumes: {a: {x: 1}}", "volumes: {a: }") == {"volumes.a.x": "1"}


def test_each_value_keeps_its_file():
    found = merged(tree("a: 1\nb: 2\n", "a.yml"), tree("b: 3\n", "b.yml"))
    assert [str(leaf.place) for _, leaf in leaves(found)] == ["a.yml:1", "b.yml:1"]


def test_networks_are_put_together_whether_they_are_a_list_or_a_mapping():
    both = {"app.networks.inside": "", "app.networks.proxy": ""}
    assert put("app: {networks: [inside]}", "app: {networks: {proxy: }}") == both
    assert put("app: {networks: {inside: }}", "app: {networks: [proxy]}") == both
