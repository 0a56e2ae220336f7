# SPDX-License-Identifier: AGPL-3.0-or-later
"""What stands before the spaces: the proxy (setting ``PROXY``) and where it finds each application (``ROUTE_BY``)."""

from __future__ import annotations

from typing import cast

from django.conf import settings
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.module_loading import import_string

from archipel.spaces.models import Space
from archipel.spaces.ports import ContainerConnector, Proxy, Upstream
from archipel.spaces.wiring import connector_named


def proxy() -> Proxy | None:
    """Return what routes visitors; None when this host has no proxy. Only the worker calls it."""
    return cast("Proxy | None", import_string(settings.PROXY)())


def has_proxy() -> bool:
    """Return whether a proxy stands before the spaces; needs none of its credentials."""
    return bool(settings.BEHIND_PROXY_OF_OURS)


def takes_own_names() -> bool:
    """Return whether organisations may bring names of their own: with a proxy, and in the demonstration to look at."""
    return has_proxy() or bool(settings.DEMONSTRATION)


def has_containers(connector: str) -> bool:
    """Return whether a connector sends visitors to containers of a space's own, rather than to Archipel."""
    return connector in settings.SPACE_CONNECTORS and hasattr(connector_named(connector), "upstreams")


def web_upstreams() -> tuple[Upstream, ...]:
    """Return where the proxy finds Archipel's own web processes: the portal and hosted websites."""
    return tuple(Upstream(host, int(port)) for host, _, port in (one.rpartition(":") for one in settings.WEB_UPSTREAMS))


def upstreams_of(space: Space) -> tuple[Upstream, ...]:
    """Return where the proxy finds the application of a space; by addresses (``ROUTE_BY``), this asks the engine."""
    return tuple(cast(ContainerConnector, connector_named(space.connector)).upstreams(space.public_id))


def certificate_token() -> str:
    """Return the word by which our own proxy is known when it asks whether a name is ours."""
    return salted_hmac("spaces.certificates", "which names are known", algorithm="sha256").hexdigest()


def is_certificate_token(given: str) -> bool:
    """Return whether somebody said that word."""
    return constant_time_compare(given, certificate_token())
