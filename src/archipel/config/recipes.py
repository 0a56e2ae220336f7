# SPDX-License-Identifier: AGPL-3.0-or-later
"""Puts recipes and spaces together: what a connector of an application in containers is given."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.conf import settings

from archipel.connectors.smtp.client import BadAddress, SmtpServer
from archipel.host import queries as host
from archipel.kernel.outside import RefusedOutside
from archipel.machines.ports import BAD_INPUT, Stack
from archipel.machines.recipes import Recipe, RecipeRefused
from archipel.spaces.ports import SignOnShape, SpaceSpec, stack_of_space


@dataclass(frozen=True)
class OfHost:
    """What every space of the host gets beside its own, where its recipe has a setting or a secret of that name."""

    settings: Mapping[str, str] = field(default_factory=dict)
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)


def of_host() -> OfHost:
    """Return the time zone and the mail server for applications; no server in the demonstration, where nothing leaves.

    The server is that of ``ARCHIPEL_SMTP_OF_SPACES``, else the host's own. Every application can read its secret: an account
    apart, which may send as the sender of the host and nothing else, keeps a breach in one of them out of the host's mail.
    """
    values = {"TZ": settings.HOST_ZONE}
    named = os.environ.get("ARCHIPEL_SMTP_OF_SPACES", "") or os.environ.get("ARCHIPEL_SMTP", "")
    address = "" if settings.DEMONSTRATION else named
    if address in {"", "none"}:
        return OfHost(values)
    try:
        server = SmtpServer.parse(address)
    except BadAddress as problem:
        raise RefusedOutside(BAD_INPUT, f"the mail server of applications: {problem}") from problem
    values |= {
        "SMTP_HOST": server.host,
        "SMTP_PORT": str(server.port),
        "SMTP_SECURITY": server.security,
        "SMTP_USER": server.user,
        "SMTP_FROM": host.current().sender_address,
    }
    return OfHost(values, {"smtp_password": server.secret} if server.secret else {})


def stacks_of(recipe: Recipe, given: Callable[[], OfHost] = of_host) -> Callable[[SpaceSpec], Stack]:
    """Return what makes the stack of a space out of a recipe.

    ``RefusedOutside(BAD_INPUT)`` when the space has no containers, or what it holds does not fit the recipe. Settings of a space
    that its recipe does not know are not the recipe's: they are left aside.
    """
    known = {setting.name for setting in recipe.settings}

    def stack_of(spec: SpaceSpec) -> Stack:
        if spec.container is None:
            raise RefusedOutside(BAD_INPUT, f"the space {spec.space_id} has no containers to put")
        ours = given()
        values = {key: value for key, value in {**ours.settings, **spec.settings}.items() if key in known}
        try:
            return recipe.stack(
                stack_of_space(spec.space_id),
                version=spec.container.version,
                values=values | _values_of(spec),
                secrets={**ours.secrets, **spec.container.secrets},
                machine=spec.container.machine,
            )
        except RecipeRefused as refusal:
            raise RefusedOutside(BAD_INPUT, f"recipe {recipe.slug}: {refusal.findings[0].words}") from refusal

    return stack_of


def sign_on_of(recipe: Recipe) -> SignOnShape | None:
    """Return how people sign in; None for an application without accounts."""
    return SignOnShape(**vars(recipe.sign_on)) if recipe.sign_on else None


def _values_of(spec: SpaceSpec) -> dict[str, str]:
    assert spec.container
    return {
        "DOMAIN": spec.address,
        "TITLE": spec.title,
        "LANGUAGE": spec.language,
        "QUOTA": "" if spec.quota is None else str(spec.quota),
        "ISSUER": spec.container.issuer,
        "CLIENT_ID": spec.container.client_id,
    }
