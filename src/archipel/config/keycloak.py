# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where people sign in: Archipel itself, or a realm of Keycloak (``ARCHIPEL_SIGN_ON``)."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings
from django.utils.crypto import salted_hmac

from archipel.connectors.keycloak.client import Place
from archipel.connectors.keycloak.connector import KeycloakSignOn
from archipel.connectors.keycloak.sign_in import KeycloakSignIn
from archipel.identity.ports import SignInElsewhere, SignOn
from archipel.identity.sign_on import own_secret

CREDENTIALS = ("ARCHIPEL_KEYCLOAK_CLIENT", "ARCHIPEL_KEYCLOAK_SECRET", "ARCHIPEL_KEYCLOAK_SECRET_FILE")


class MissingSetting(Exception):
    """Keycloak was chosen and something is missing to reach it."""


def sign_on() -> SignOn | None:
    """Return what drives the realm, None with ``builtin``. The credentials are read here: only the worker calls it."""
    if settings.SIGN_ON_KIND == "builtin":
        return None
    salt = salted_hmac("identity.keycloak", "pairwise subjects", algorithm="sha256").hexdigest()
    return KeycloakSignOn(_place(os.environ.get("ARCHIPEL_KEYCLOAK_CLIENT", ""), _secret()), salt=salt)


def sign_in() -> SignInElsewhere | None:
    """Return how Archipel's own people sign in: it needs no credential of the worker's."""
    if settings.SIGN_ON_KIND == "builtin":
        return None
    return KeycloakSignIn(_place(), secret=own_secret())


def check_settings() -> None:
    """Refuse to start (``MissingSetting``) when Keycloak was chosen and could not be reached as things are set."""
    sign_on()
    sign_in()


def forget_credentials() -> None:
    """Take what drives the realm out of the environment of a process that has no business with it."""
    for name in CREDENTIALS:
        os.environ.pop(name, None)


def _place(client_id: str = "", secret: str = "") -> Place:
    where = settings.KEYCLOAK
    if not where["url"] or not where["realm"]:
        raise MissingSetting("ARCHIPEL_SIGN_ON=keycloak needs ARCHIPEL_KEYCLOAK_URL and ARCHIPEL_KEYCLOAK_REALM")
    return Place(where["url"].rstrip("/"), where["realm"], client_id, secret)


def _secret() -> str:
    path = os.environ.get("ARCHIPEL_KEYCLOAK_SECRET_FILE")
    try:
        secret = Path(path).read_text().strip() if path else os.environ.get("ARCHIPEL_KEYCLOAK_SECRET", "")
    except OSError as error:
        raise MissingSetting(f"ARCHIPEL_KEYCLOAK_SECRET_FILE cannot be read: {error.strerror}") from None
    if not secret or not os.environ.get("ARCHIPEL_KEYCLOAK_CLIENT"):
        raise MissingSetting("ARCHIPEL_KEYCLOAK_CLIENT and ARCHIPEL_KEYCLOAK_SECRET (or …_SECRET_FILE) are missing")
    return secret
