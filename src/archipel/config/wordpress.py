# SPDX-License-Identifier: AGPL-3.0-or-later
"""Opens WordPress for spaces: its recipe, the container engine, and the authority of the host where it has one of its own."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from archipel.config.engine import engine
from archipel.config.recipes import sign_on_of, stacks_of
from archipel.kernel.outside import RefusedOutside
from archipel.machines.ports import FileIn, Stack
from archipel.machines.recipes import recipe_named

AUTHORITY, AUTHORITY_FILE = "authority", "/run/archipel/authority.pem"


class NoEngine:
    """Stands where the engine would: whatever is asked of it, a human must look."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)

        def refused(*_given: Any, **_named: Any) -> Any:
            raise RefusedOutside(
                "no_engine", "no container engine is set (ARCHIPEL_ENGINE), or this is the demonstration"
            )

        return refused


@lru_cache(maxsize=1)
def wordpress() -> Any:
    """Return the connector that opens WordPress in containers."""
    from archipel.connectors.wordpress.connector import Deployment, WordPressConnector  # late: where it is used

    recipe = recipe_named("wordpress")
    stack_of = stacks_of(recipe)
    sign_on = sign_on_of(recipe)
    if sign_on is None:
        raise ImproperlyConfigured(f"{recipe.folder}: the recipe of WordPress says nothing under sign_on")
    deployment = Deployment(
        lambda spec: with_authority(stack_of(spec)),
        versions=tuple(recipe.version_names()),
        memory=recipe.memory,
        secrets=tuple(secret.name for secret in recipe.secrets),
        sign_on=sign_on,
        hooks=recipe.hooks,
    )
    return WordPressConnector(engine() or NoEngine(), deployment, by_names=settings.ROUTE_BY == "names")


def with_authority(stack: Stack) -> Stack:
    """Let an application trust the authority that signs the portal's certificate (``ARCHIPEL_AUTHORITY``, a PEM file).

    Only for a host whose names no public authority certifies: a network of its own, a test.
    """
    path = os.environ.get("ARCHIPEL_AUTHORITY", "")
    if not path:
        return stack
    services = tuple(
        replace(
            service,
            environment={**service.environment, "CA_FILE": AUTHORITY_FILE},
            configs=(*service.configs, FileIn(AUTHORITY, AUTHORITY_FILE, mode=0o444)),
        )
        if "CA_FILE" in service.environment
        else service
        for service in stack.services
    )
    return replace(stack, services=services, configs={**stack.configs, AUTHORITY: Path(path).read_bytes()})
