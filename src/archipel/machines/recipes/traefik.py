# SPDX-License-Identifier: AGPL-3.0-or-later
"""Labels that speak to other software: Traefik's become our route, the others are said.

Read: ``traefik.http.routers.*.rule`` made of ``Host(`…`)`` alone (several names, ``||`` between them), and
``traefik.http.services.*.loadbalancer.server.port``. Names and certificates are Archipel's, so entry points, resolvers and
redirections to one name are done in its way; whatever else would change who gets in or what they get is not read.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from archipel.machines.recipes.compose.reading import ServiceRead
from archipel.machines.recipes.findings import Notebook, Place, Unreadable

RULE = re.compile(r"Host\(\s*(?P<names>`[^`]*`(?:\s*,\s*`[^`]*`)*)\s*\)")
HOST_NAME = re.compile(
    r"(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)+", re.I
)
ROUTER = re.compile(r"traefik\.http\.routers\.[^.]+\.(?P<rest>.+)")
BALANCER = re.compile(r"traefik\.http\.services\.[^.]+\.loadbalancer\.(?P<rest>.+)")
MIDDLEWARE = re.compile(r"traefik\.http\.middlewares\.(?P<name>[^.]+)\.(?P<rest>.+)")
VERSION = re.compile(r"coop-cloud\.[^.]+\.version")
OURS_TLS = "Archipel's proxy does this for every space"
# Where somebody who asks by another name or without TLS is led: every space is, by our proxy.
REDIRECTIONS = ("headers.sslhost", "headers.sslforcehost", "headers.sslredirect", "redirectscheme.", "redirectregex.")


@dataclass(frozen=True)
class LabelsRead:
    """What the labels of one service said. ``labels`` are those that stay on it."""

    names: tuple[str, ...] = ()
    port: int | None = None
    routed: bool = False
    version: str = ""
    labels: Mapping[str, str] | None = None
    # Middlewares that are defined here, and those a route asks for with the label that does.
    defined: frozenset[str] = frozenset()
    asked: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Route:
    """Where visitors are sent: a service of the stack and its port. ``names`` are those its labels ask for."""

    service: str
    port: int
    names: tuple[str, ...] = ()


def read_labels(service: ServiceRead, notebook: Notebook) -> LabelsRead:
    """Return what the labels of a service say; each is noted."""
    reader = _Labels(service, notebook)
    for name, value in service.labels.items():
        notebook.attempt(lambda name=name, value=value: reader.read(name, value), None)  # type: ignore[misc]  # a lambda's defaults have no types
    return LabelsRead(
        tuple(dict.fromkeys(reader.names)), reader.port, reader.routed and reader.enabled, reader.version, reader.kept,
        frozenset(reader.defined), reader.asked,
    )  # fmt: skip


class _Labels:
    def __init__(self, service: ServiceRead, notebook: Notebook) -> None:
        self.service, self.notebook = service, notebook
        self.names: list[str] = []
        self.port: int | None = None
        self.routed, self.enabled = False, True
        self.defined: set[str] = set()
        self.asked: dict[str, str] = {}
        self.version = ""
        self.kept: dict[str, str] = {}

    def place(self, name: str) -> Place:
        return self.service.label_places.get(name, self.service.place)

    def key(self, name: str) -> str:
        return f"services.{self.service.service.name}.labels.{name}"

    def read(self, name: str, value: str) -> None:
        lower = name.lower()
        if lower.startswith("traefik."):
            self.traefik(name, value)
        elif VERSION.fullmatch(name):
            self.version = value
            self.notebook.read(self.place(name), self.key(name))
        elif lower.startswith("coop-cloud."):
            self.differently(name, "how long to wait, and what to look at, is Archipel's own")
        elif lower.startswith("backupbot."):
            self.notebook.not_read(self.place(name), self.key(name), "Archipel backs every space up in its own way")
        else:
            self.kept[name] = value

    def traefik(self, name: str, value: str) -> None:
        if name == "traefik.enable":
            # A service that Traefik is told to leave alone faces nobody, whatever else its labels say.
            self.enabled = value.strip().lower() in ("true", "1", "t")
        if name in ("traefik.enable", "traefik.docker.network", "traefik.swarm.network", "traefik.docker.lbswarm"):
            self.notebook.read(self.place(name), self.key(name))
        elif found := ROUTER.fullmatch(name):
            self.router(name, found["rest"].lower(), value)
        elif found := BALANCER.fullmatch(name):
            self.balancer(name, found["rest"].lower(), value)
        elif found := MIDDLEWARE.fullmatch(name):
            self.defined.add(found["name"].lower())
            self.middleware(name, found["rest"].lower())
        else:
            self.grave(name, "only routes of web pages are read")

    def router(self, name: str, rest: str, value: str) -> None:
        if rest == "rule":
            self.routed = True
            self.names += names_of_rule(value, self.place(name), self.key(name))
            self.notebook.read(self.place(name), self.key(name), "our route")
        elif rest in ("entrypoints", "priority", "tls", "tls.certresolver") or rest.startswith("tls.domains"):
            self.differently(name, OURS_TLS)
        elif rest == "service":
            self.notebook.read(self.place(name), self.key(name))
        elif rest == "middlewares":
            self.differently(name, "each middleware is looked at where it is defined")
            self.asked |= {one.strip().lower(): name for one in value.split(",") if one.strip()}
        else:
            self.grave(name, "is not read")

    def balancer(self, name: str, rest: str, value: str) -> None:
        if rest == "server.port":
            if not value.isdecimal() or not 0 < int(value) < 65_536:
                raise Unreadable(self.place(name), self.key(name), "a port from 1 to 65535 is expected")
            if self.port not in (None, int(value)):
                raise Unreadable(self.place(name), self.key(name), "a second port: a space is led to one")
            self.port = int(value)
            self.notebook.read(self.place(name), self.key(name), "our route")
        elif (rest, value) == ("server.scheme", "http"):
            self.notebook.read(self.place(name), self.key(name))
        else:
            self.grave(name, "one container is reached by plain HTTP on the host's own network")

    def middleware(self, name: str, rest: str) -> None:
        if rest.startswith(REDIRECTIONS):
            self.differently(name, OURS_TLS)
        else:
            self.grave(name, "this middleware changes what visitors get, and is not done")

    def differently(self, name: str, words: str) -> None:
        self.notebook.differently(self.place(name), self.key(name), words)

    def grave(self, name: str, words: str) -> None:
        self.notebook.not_read(self.place(name), self.key(name), words, grave=True)


def names_of_rule(rule: str, place: Place, key: str) -> list[str]:
    """Return the host names of a rule; ``Unreadable`` when it asks for anything but names."""
    names: list[str] = []
    for part in rule.split("||"):
        found = RULE.fullmatch(part.strip())
        if not found:
            raise Unreadable(place, key, "only Host(`…`) is read: a space answers to names, whatever the path")
        names += [name.strip().strip("`") for name in found["names"].split(",")]
    for name in names:
        if not HOST_NAME.fullmatch(name):
            raise Unreadable(place, key, f"“{name[:60]}” is no host name")
    return [name.lower() for name in names]


def route_of(read: Mapping[str, LabelsRead], services: tuple[ServiceRead, ...], notebook: Notebook) -> Route | None:
    """Return the one route of a stack; several, or one without a port, are noted."""
    routed = {name: labels for name, labels in read.items() if labels.routed}
    places = {service.service.name: service.place for service in services}
    _say_middlewares(read, services, notebook)
    if len(routed) > 1:
        for name in list(routed)[1:]:
            words = "a second service with a route: a space has one"
            notebook.not_read(places[name], f"services.{name}.labels", words, grave=True)
    for name, labels in routed.items():
        if labels.port is None:
            notebook.wrong(places[name], f"services.{name}.labels", "loadbalancer.server.port is missing")
            return None
        return Route(name, labels.port, labels.names)
    return None


def _say_middlewares(read: Mapping[str, LabelsRead], services: tuple[ServiceRead, ...], notebook: Notebook) -> None:
    """Note the middlewares a route asks for that no label here defines: they may be what asks for a password."""
    defined = set().union(*(labels.defined for labels in read.values())) if read else set()
    for service in services:
        for asked, label in read[service.service.name].asked.items():
            name, _sign, provider = asked.partition("@")
            if name not in defined or provider not in ("", "docker", "swarm"):
                words = f"the middleware {asked} is defined elsewhere: what it does is not known, and not done"
                place = service.label_places.get(label, service.place)
                notebook.not_read(place, f"services.{service.service.name}.labels.{label}", words, grave=True)
