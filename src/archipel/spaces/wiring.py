# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which connector fills the port for a space (setting ``SPACE_CONNECTORS``)."""

from __future__ import annotations

from functools import cache
from typing import cast

from django.conf import settings
from django.utils.module_loading import import_string

from archipel.spaces.models import Space
from archipel.spaces.ports import ContainerConnector, SpaceConnector, WebsitePublisher


@cache
def connector_named(name: str) -> SpaceConnector:
    """Return a connector by its name in the settings; ``KeyError`` when there is none."""
    return cast(SpaceConnector, import_string(settings.SPACE_CONNECTORS[name])())


def connector_of(space: Space) -> SpaceConnector:
    """Return what the space lives in."""
    return connector_named(space.connector)


def publisher_of(space: Space) -> WebsitePublisher:
    """Return the same for what only websites can do; ``TypeError`` for a space that is no website."""
    connector = connector_of(space)
    if not hasattr(connector, "stage_zip"):
        raise TypeError(f"{space.connector} does not publish websites")
    return cast(WebsitePublisher, connector)


def runs_in_containers(name: str) -> bool:
    """Return whether a connector runs containers: only there are machines, versions, a client and secrets of its own."""
    return name in settings.SPACE_CONNECTORS and hasattr(connector_named(name), "running")


def containers_of(space: Space) -> ContainerConnector:
    """Return what runs the containers of a space; ``TypeError`` for one that has none. Only the worker calls it."""
    connector = connector_of(space)
    if not hasattr(connector, "running"):
        raise TypeError(f"{space.connector} runs no containers")
    return cast(ContainerConnector, connector)


def publishes(space: Space) -> bool:
    """Return whether people publish files to this space."""
    return space.connector == "websites"
