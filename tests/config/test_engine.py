# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.conf import settings as real
from django.utils.module_loading import import_string

from archipel.config import engine as configured
from archipel.connectors.swarm.memory import a_machine


@pytest.fixture(autouse=True)
def on_a_real_host(settings, monkeypatch):
    settings.DEMONSTRATION = False
    monkeypatch.delenv("ARCHIPEL_ENGINE", raising=False)
    configured.engine.cache_clear()
    yield
    configured.engine.cache_clear()


def test_without_an_address_there_is_no_engine():
    assert import_string(real.ENGINE)() is None


def test_the_demonstration_has_none(settings, monkeypatch):
    settings.DEMONSTRATION = True
    monkeypatch.setenv("ARCHIPEL_ENGINE", "unix:///run/docker.sock")
    assert configured.engine() is None


def test_managers_are_separated_by_commas(monkeypatch):
    monkeypatch.setenv("ARCHIPEL_ENGINE", "unix:///run/docker.sock, ssh://archipel@machine-2")
    assert repr(configured.engine()) == "SwarmEngine(['unix:///run/docker.sock', 'ssh://archipel@machine-2'])"


def test_other_machines_are_found_by_a_pattern(monkeypatch):
    monkeypatch.setenv("ARCHIPEL_ENGINE_MACHINES", "ssh://archipel@{address}:2222")
    assert configured._address_of()(a_machine(2)) == "ssh://archipel@192.168.77.2:2222"
    monkeypatch.setenv("ARCHIPEL_ENGINE_MACHINES", "")
    assert configured._address_of()(a_machine(2)) is None


@pytest.mark.parametrize(
    "name, value",
    [
        ("ARCHIPEL_ENGINE", "tcp://10.0.0.1:2375"),
        ("ARCHIPEL_ENGINE", "ssh://"),
        ("ARCHIPEL_ENGINE_MACHINES", "ssh://archipel@{host}"),
        ("ARCHIPEL_ENGINE_MACHINES", "ssh://{"),
        ("ARCHIPEL_ENGINE_MACHINES", "tcp://{address}"),
    ],
)
def test_what_no_engine_can_have_refuses_the_start(monkeypatch, name, value):
    monkeypatch.setenv("ARCHIPEL_ENGINE", "unix:///run/docker.sock")
    monkeypatch.setenv(name, value)
    with pytest.raises(configured.WrongAddress, match=name):
        configured.check_settings()
