# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import os

import pytest

from archipel.config import keycloak
from archipel.connectors.keycloak.connector import KeycloakSignOn
from archipel.connectors.keycloak.sign_in import KeycloakSignIn


@pytest.fixture
def chosen(settings):
    settings.SIGN_ON_KIND = "keycloak"
    settings.KEYCLOAK = {"url": "https://id.example/", "realm": "escale"}


def test_builtin_drives_nothing():
    assert (keycloak.sign_on(), keycloak.sign_in()) == (None, None)


def test_an_address_and_a_realm_are_needed(chosen, settings):
    settings.KEYCLOAK = {"url": "https://id.example", "realm": ""}
    with pytest.raises(keycloak.MissingSetting, match="ARCHIPEL_KEYCLOAK_REALM"):
        keycloak.sign_in()


def test_the_worker_needs_its_secret_and_the_web_does_not(chosen, monkeypatch, tmp_path):
    assert isinstance(keycloak.sign_in(), KeycloakSignIn)
    with pytest.raises(keycloak.MissingSetting, match="ARCHIPEL_KEYCLOAK_SECRET"):
        keycloak.sign_on()
    monkeypatch.setenv("ARCHIPEL_KEYCLOAK_CLIENT", "archipel-admin")
    (tmp_path / "secret").write_text("of a file\n")
    monkeypatch.setenv("ARCHIPEL_KEYCLOAK_SECRET_FILE", str(tmp_path / "absent"))
    with pytest.raises(keycloak.MissingSetting, match="cannot be read"):
        keycloak.check_settings()
    monkeypatch.setenv("ARCHIPEL_KEYCLOAK_SECRET_FILE", str(tmp_path / "secret"))
    keycloak.check_settings()
    assert isinstance(keycloak.sign_on(), KeycloakSignOn)


def test_a_web_process_forgets_the_credentials(monkeypatch):
    for name in keycloak.CREDENTIALS:
        monkeypatch.setenv(name, "x")
    keycloak.forget_credentials()
    assert [name for name in keycloak.CREDENTIALS if name in os.environ] == []
