# SPDX-License-Identifier: AGPL-3.0-or-later
"""What tests open: spaces with the recipe's own stack, whose sign-in is a small issuer of ours without TLS."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

from archipel.connectors.wordpress.connector import Deployment, WordPressConnector
from archipel.kernel.outside import TryLater
from archipel.machines.ports import Stack
from archipel.machines.recipes.shelf import read_recipe
from archipel.spaces.ports import ContainerSpec, PersonAccess, SpaceSpec

ROOT = Path(__file__).resolve().parents[3]
IMAGES = ROOT / "recipes" / "wordpress" / "image"
RECIPE = read_recipe(ROOT / "recipes" / "wordpress")
VERSION = RECIPE.version_names()[-1]
APP_IMAGE, DATABASE_IMAGE = (RECIPE.version(VERSION).images[name] for name in ("app", "db"))
# In the network of the engine alone.
ISSUER_HOST, ISSUER_PORT = "10.99.0.1", 9000
ISSUER = f"http://{ISSUER_HOST}:{ISSUER_PORT}"
CLIENT_ID, CLIENT_SECRET = "wordpress-of-tests", "a-secret-of-tests"
ALICE = PersonAccess("sub-alice", "Alice Martin", "alice@trois-ponts.example", "referent")
BOB = PersonAccess("sub-bob", "Bob Leroy", "bob@trois-ponts.example", "member")


def spec(
    space_id: str, address: str, *, version: str = VERSION, quota: int | None = None, language: str = "fr"
) -> SpaceSpec:
    secrets = {"database_password": "d" * 32, "salt": f"{space_id:s>32}"[-32:], "client_secret": CLIENT_SECRET}
    container = ContainerSpec(version=version, issuer=ISSUER, client_id=CLIENT_ID, secrets=secrets)
    return SpaceSpec(space_id, address, "Les Trois-Ponts", language, quota, container=container)


def stack_of(wanted: SpaceSpec) -> Stack:
    """Return the recipe's stack, told that this is a test: its issuer has no TLS. A version of tests has an image of tests."""
    container = wanted.container
    assert container
    values = {
        "DOMAIN": wanted.address,
        "TITLE": wanted.title,
        "LANGUAGE": wanted.language,
        "QUOTA": "" if wanted.quota is None else str(wanted.quota),
        "ISSUER": container.issuer,
        "CLIENT_ID": container.client_id,
    }
    name = f"s-{wanted.space_id}"
    stack = RECIPE.stack(name, version=VERSION, values=values, secrets=container.secrets, machine=container.machine)
    image = APP_IMAGE if container.version == VERSION else f"archipel/wordpress:{container.version}"
    services = tuple(
        replace(one, image=image, environment={**one.environment, "ENVIRONMENT": "local"}) if one.name == "app" else one
        for one in stack.services
    )
    return replace(stack, services=services, labels={**stack.labels, "archipel.version": container.version})


def deployment() -> Deployment:
    """Return what the recipe says, with the stack of tests."""
    from archipel.config.recipes import sign_on_of  # late: it needs Django's settings, which not all who load this have

    shape = sign_on_of(RECIPE)
    assert shape
    secrets = tuple(secret.name for secret in RECIPE.secrets)
    return Deployment(stack_of, tuple(RECIPE.version_names()), RECIPE.memory, secrets, shape, RECIPE.hooks)


def connector_on(engine, *, by_names: bool = False) -> WordPressConnector:
    return WordPressConnector(engine, deployment(), by_names=by_names)


def open_site(connector, wanted: SpaceSpec, *, patience: float = 90) -> float:
    """Open a space, wait until it answers as it should, and return how many seconds that took."""
    began = time.monotonic()
    connector.open(wanted)
    while True:
        health = connector.health(wanted.space_id)
        if health.ok:
            return time.monotonic() - began
        assert time.monotonic() - began < patience, health.detail
        time.sleep(0.3)


def close_site(connector, space_id: str, *, patience: float = 60) -> int:
    """Close a space as a procedure does: again while the engine says *later*."""
    began = time.monotonic()
    while True:
        try:
            return connector.close(space_id)
        except TryLater:
            assert time.monotonic() - began < patience
            time.sleep(0.5)
