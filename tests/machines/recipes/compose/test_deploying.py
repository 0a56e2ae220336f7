# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from tests.machines.recipes.compose.test_services import problem, read, service


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("mode: global", "replicated is expected: one container on each machine is not a space"),
        ("replicas: 0", "from 1 to 100 containers are expected"),
        ("replicas: -1", "a whole number is expected"),
        ("replicas: many", "a whole number is expected"),
        ("resources: {limits: {memory: much}}", "“much” is not a size such as 256M or 1.5G"),
        ("resources: {limits: {memory: 0}}", "“0” is not a size such as 256M or 1.5G"),
        ("resources: {limits: {cpus: half}}", "“half” is not a number of processors such as 0.5"),
        ("resources: {limits: {devices: 1}}", "limits are memory, cpus and pids"),
        ("resources: {other: 1}", "is no key of Compose 3 that is read here"),
        ("placement: {max_replicas_per_node: 1}", "a space stands on one machine, by constraints only"),
        ("update_config: {order: any}", "start-first or stop-first is expected"),
        ("restart_policy: {condition: none}", "the engine starts again whatever stops: a task done once is a hook"),
        ("other: 1", "is no key of Compose 3 that is read here"),
    ],
)
def test_what_cannot_be_deployed_so_is_an_error(line, words):
    assert problem(f"deploy: {{{line}}}") == words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("endpoint_mode: vip", "names lead to the containers themselves (dnsrr)"),
        ("restart_policy: {condition: any, delay: 5s}", "the engine starts again whatever stops"),
        (
            "update_config: {parallelism: 2}",
            "containers are replaced one by one, and Archipel itself returns to the former version",
        ),
        ("rollback_config: {order: stop-first}", "a return to the former version is Archipel's own act"),
        ("resources: {reservations: {cpus: '0.1'}}", "only memory is reserved"),
    ],
)
def test_what_is_done_in_another_way_is_said_and_no_error(line, words):
    (said,) = read(f"deploy: {{{line}}}")[1]
    assert (said.startswith("!"), said.partition(": ")[2]) == (False, words)


def test_all_that_is_said_is_an_error_in_our_own_recipes():
    for line in ("endpoint_mode: vip", "update_config: {parallelism: 2}", "resources: {reservations: {cpus: '0.1'}}"):
        (said,) = read(f"deploy: {{{line}}}", own=True)[1]
        assert said.startswith("! ")


def test_labels_are_a_list_or_a_mapping_with_their_lines():
    found, said = read("deploy:\n  labels:\n    - a=1\n    - b\n")
    assert (dict(found.labels), said) == ({"a": "1", "b": ""}, [])
    assert [place.line for place in found.label_places.values()] == [6, 7]


def test_stop_first_is_how_containers_are_replaced_unless_said():
    assert [
        service(f"deploy: {{update_config: {{order: {order}}}}}").start_first for order in ("stop-first", "start-first")
    ] == [False, True]
