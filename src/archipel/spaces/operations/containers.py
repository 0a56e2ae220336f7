# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a space in containers has besides: its machine, version, secrets and client. Each step may be run again."""

from __future__ import annotations

import secrets
import string
from collections.abc import Collection
from typing import Any

from django.db import transaction

from archipel.identity import operations as identity
from archipel.kernel import clock, keys
from archipel.kernel.outside import RefusedOutside, TryLater
from archipel.machines import operations as machines
from archipel.machines.models import Machine
from archipel.spaces.claims import THROUGH
from archipel.spaces.models import Application, AwaitedRole, Space, SpaceDrift, SpaceRole, SpaceSecret, UsageWarning
from archipel.spaces.moves import full_title, locked
from archipel.spaces.operations.routing import push_routes_of
from archipel.spaces.ports import SignOnShape
from archipel.spaces.queries.totals import address_of
from archipel.spaces.refusals import NotOpen
from archipel.spaces.specs import CLIENT_SECRET, spec_of
from archipel.spaces.wiring import connector_named, containers_of, runs_in_containers

SECRET_LENGTH = 32
_SIGNS = string.ascii_letters + string.digits


def read_application(*, name: str) -> Application | None:
    """Read which roles and versions a recipe knows now; None for a connector without containers. Repeatable; worker only."""
    if not runs_in_containers(name):
        return None
    connector = connector_named(name)
    shape = connector.sign_on()  # type: ignore[attr-defined]  # a connector that runs containers has it
    values = {
        "roles": [list(pair) for pair in shape.roles] if shape else [],
        "versions": list(connector.versions()),  # type: ignore[attr-defined]  # as above
        "read_at": clock.now(),
    }
    return Application.objects.update_or_create(connector=name, defaults=values)[0]


def place_space(*, space: Space, avoid: Collection[str] = ()) -> Machine | None:
    """Choose the machine of a space, once; None where the engine has no machine on record and places by itself.

    ``avoid``: public ids of machines that are none (the one it leaves). ``RefusedOutside("no_room")`` when none takes it. Repeatable.
    """
    memory = containers_of(space).memory()
    with transaction.atomic():
        space = locked(space)
        if space.machine_id is None:
            space.machine = choose_place(memory=memory, avoid=avoid)
            space.save(update_fields=["machine"])
    return space.machine


def choose_place(*, memory: int, avoid: Collection[str] = ()) -> Machine | None:
    """Return the machine of the engine with most room; None where none is on record (``RefusedOutside("no_room")``)."""
    if not Machine.objects.filter(retired_at=None).exclude(node_id="").exists():
        return None
    try:
        with transaction.atomic():
            return machines.choose_machine(memory=memory, avoid=avoid)
    except machines.NoRoom as refusal:
        raise RefusedOutside("no_room", f"no machine takes a space of {memory} bytes of memory") from refusal


def wait_for_machine(*, space: Space) -> None:
    """Look whether what a space keeps on its machine can be reached: ``TryLater`` while that is silent and not lost. Calls outside.

    The volumes of a machine that does not answer stay there; of a lost one it is written down that they are to go (``LeftBehind``).
    """
    if space.machine_id is None:
        return
    machines.read_machines()
    if Machine.objects.filter(pk=space.machine_id, silent_since__isnull=False, lost_at=None).exists():
        raise TryLater("the machine of the space does not answer now", after=60)


def make_secrets(*, space: Space) -> str:
    """Make what a space signs and encrypts with, and settle its version, once; return the version. Repeatable.

    Secrets are random, locked, and shown to nobody.
    """
    application = read_application(name=space.connector)
    names = containers_of(space).secrets()
    with transaction.atomic():
        space = locked(space)
        known = set(SpaceSecret.objects.filter(space=space).values_list("name", flat=True))
        for name in names:
            if name not in known:
                SpaceSecret.objects.create(space=space, name=name, locked=keys.lock(_random()))
        if not space.version and application and application.versions:
            space.version = application.versions[-1]
            space.save(update_fields=["version"])
    return space.version


def _random() -> str:
    return "".join(secrets.choice(_SIGNS) for _sign in range(SECRET_LENGTH))


def register_client_of(*, space: Space) -> str:
    """Register the application of a space as one that people sign in to, once; return its client id, empty when it has none.

    An interrupted call is adopted. Its secret is renewed only when it is no longer known here. ``NotOpen`` once closed.
    """
    shape = containers_of(space).sign_on()
    if shape is None:
        return ""
    with transaction.atomic():
        space = locked(space)
        if space.state in {"closed", "deleted"}:
            raise NotOpen
        if space.client is None:
            space.client, secret = identity.register_client(
                name=full_title(space), by=None, icon=space.service.icon, **_registered(space, shape)
            )
            space.save(update_fields=["client"])
            _keep_secret(space, secret)
        else:
            identity.change_client(client=space.client, changes=_registered(space, shape), by=None)
            if not _secret_is_known(space):
                _keep_secret(space, identity.renew_client_secret(client=space.client, by=None))
    return space.client.public_id


def _registered(space: Space, shape: SignOnShape) -> dict[str, Any]:
    """Return what is registered of an application at the address of its space."""
    name = address_of(space.public_id)

    def here(uri: str) -> str:
        return uri.replace("{address}", name)

    return {
        "redirect_uris": [here(uri) for uri in shape.redirect_uris],
        "post_logout_redirect_uris": [here(uri) for uri in shape.post_logout_redirect_uris],
        "backchannel_logout_uri": here(shape.backchannel_logout_uri),
        "home_url": here(shape.home_url),
        "scopes": list(shape.scopes),
        "claims": list(shape.claims),
        "pkce_exemption": shape.pkce_exemption,
        "session_minutes": shape.session_minutes,
    }


def _keep_secret(space: Space, secret: str) -> None:
    SpaceSecret.objects.update_or_create(space=space, name=CLIENT_SECRET, defaults={"locked": keys.lock(secret)})


def _secret_is_known(space: Space) -> bool:
    row = SpaceSecret.objects.filter(space=space, name=CLIENT_SECRET).first()
    if row is None:
        return False
    try:
        return bool(keys.unlock(row.locked))
    except keys.KeyDoesNotOpen:
        return False


def put_space(*, space: Space) -> str:
    """Put the stack of a space as our tables say, and return its version. Repeatable; calls outside."""
    containers_of(space).open(spec_of(space))
    return space.version


def lead_visitors(*, space: Space) -> int:
    """Tell the proxy where visitors of a space are led, and return to how many places. Repeatable; calls outside."""
    upstreams = containers_of(space).upstreams(space.public_id)
    push_routes_of(space_id=space.public_id)
    return len(upstreams)


def give_back(*, space: Space) -> None:
    """Take back what a space had besides, in the caller's transaction: nobody enters, its client closes, secrets go."""
    identity.end_entries_through(through=f"{THROUGH}{space.public_id}")
    SpaceRole.objects.filter(space=space).delete()
    AwaitedRole.objects.filter(space=space).delete()
    SpaceDrift.objects.filter(space=space).delete()
    UsageWarning.objects.filter(space=space).delete()
    SpaceSecret.objects.filter(space=space).delete()
    if space.client is not None:
        identity.close_client(client=space.client, by=None)
