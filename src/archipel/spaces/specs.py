# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is to run for a space, from our tables alone: the same rows make the same stack again. Only the worker reads secrets."""

from __future__ import annotations

from archipel.identity import queries as identity
from archipel.kernel import keys
from archipel.machines.models import Machine
from archipel.spaces import queries
from archipel.spaces.models import Space, SpaceSecret
from archipel.spaces.ports import ContainerSpec, SpaceSpec
from archipel.spaces.wiring import runs_in_containers

CLIENT_SECRET = "client_secret"  # noqa: S105 - the name of a secret, not one


def spec_of(space: Space, *, version: str | None = None, machine: Machine | None = None) -> SpaceSpec:
    """Return what is to run for a space; ``version`` and ``machine`` stand for others than those it has."""
    container = None
    if runs_in_containers(space.connector):
        where = machine or space.machine
        container = ContainerSpec(
            version=version or space.version,
            machine=where.node_id if where else "",
            issuer=identity.issuer_of_applications() if space.client else "",
            client_id=space.client.public_id if space.client else "",
            secrets=secrets_of(space),
        )
    return SpaceSpec(
        space_id=space.public_id,
        address=queries.address_of(space.public_id),
        title=space.title,
        language=space.language,
        quota=space.quota_bytes,
        container=container,
    )


def secrets_of(space: Space) -> dict[str, str]:
    """Open the secrets of a space (``KeyDoesNotOpen``)."""
    return {row.name: keys.unlock(row.locked) for row in SpaceSecret.objects.filter(space=space).order_by("name")}
