# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.machines.recipes.compose.left_out import SERVICE
from tests.machines.recipes.compose.test_services import read, service


@pytest.mark.parametrize("key", sorted(SERVICE))
def test_each_key_that_is_not_read_is_said_with_its_reason(key):
    left = SERVICE[key]
    (said,) = read(f"{key}: x")[1]
    mark = "! " if left.grave else ""
    assert said == f"{mark}compose.yml:4 services.app.{key}: {left.words}"


@pytest.mark.parametrize("key", sorted(SERVICE))
def test_each_key_that_is_not_read_is_an_error_in_our_own_recipes(key):
    (said,) = read(f"{key}: x", own=True)[1]
    assert said == f"! compose.yml:4 services.app.{key}: {SERVICE[key].words}"


def test_keys_that_only_hold_anchors_are_not_said():
    assert service("x-note: anything").name == "app"
