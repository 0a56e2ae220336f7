# SPDX-License-Identifier: AGPL-3.0-or-later
"""A recipe in our own format: ``recipe.yml`` and ``compose.yml``, and what the two must say together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from archipel.machines.ports import Service
from archipel.machines.recipes.compose import FRONT
from archipel.machines.recipes.description import read_description
from archipel.machines.recipes.findings import Notebook, Place
from archipel.machines.recipes.located import Table, read_yaml
from archipel.machines.recipes.recipe import GIVEN, Recipe
from archipel.machines.recipes.rendering import Renderer, Source, findings_of, image_variable
from archipel.machines.recipes.sampling import VALUES, Sampled, files_of, sample
from archipel.machines.recipes.variables import names_in

RECIPE, COMPOSE = "recipe.yml", "compose.yml"


def read_own(folder: Path) -> Recipe:
    """Return a recipe of our own format with everything that is wrong with it in ``findings``."""
    notebook = Notebook(own=True)
    files = files_of(folder, notebook)
    described = notebook.attempt(lambda: read_yaml(files.get(RECIPE, b""), RECIPE), None)
    tree = notebook.attempt(lambda: read_yaml(files.get(COMPOSE, b""), COMPOSE), None)
    if described is None or tree is None:
        return Recipe(folder.name, folder, "archipel", folder.name, (), findings=findings_of(notebook))
    made = read_description(described, folder, notebook)
    source = Source(tree, files, {}, own=True)
    sampled = _sample(source, made, notebook)
    rules = _Rules(notebook, described, tree, made, sampled)
    rules.check()
    return Recipe(
        folder=folder,
        format="archipel",
        volumes=sampled.read.volumes,
        findings=findings_of(notebook),
        render=Renderer(source),
        **made,
    )


def _sample(source: Source, made: Mapping[str, Any], notebook: Notebook) -> Sampled:
    newest = made["versions"][-1] if made["versions"] else None
    known = {
        **{setting.name: setting.default for setting in made["settings"]},
        **VALUES,
        "VERSION": newest.name if newest else "",
        **{image_variable(service): image for service, image in (newest.images if newest else {}).items()},
    }
    return sample(source, known, [*(secret.name for secret in made["secrets"]), *made["given"]], notebook)


class _Rules:
    """What our own recipes promise a host: limits, checks, nothing named on one side only."""

    def __init__(
        self, notebook: Notebook, described: Table, tree: Table, made: Mapping[str, Any], sampled: Sampled
    ) -> None:
        self.notebook, self.described, self.tree, self.made, self.sampled = notebook, described, tree, made, sampled
        self.services = {service.name: service for service in sampled.stack.services}

    def check(self) -> None:
        for one in self.sampled.read.services:
            self._service(one.service, one.place)
            if one.published:
                self.notebook.wrong(
                    one.place, f"services.{one.service.name}.ports", "the proxy reaches containers itself"
                )
        if self.services:
            self._images()
            self._route()
            self._memory()
            self._hooks()
        self._secrets()
        self._variables()
        for name in set(self.made["scratch"]) - set(self.sampled.read.volumes):
            self.wrong("survives", f"the volume {name} is not in {COMPOSE}")

    def wrong(self, key: str, words: str) -> None:
        self.notebook.wrong(self.described.at(key), key, words)

    def _service(self, service: Service, place: Place) -> None:
        needed = {
            "deploy.resources.limits.memory": service.memory_limit,
            "deploy.resources.limits.cpus": service.cpus_limit,
            "deploy.resources.limits.pids": service.processes_limit,
            "deploy.resources.reservations.memory": service.memory_reserved,
            "healthcheck": service.health,
        }
        for key, value in needed.items():
            if value is None:
                self.notebook.wrong(
                    place, f"services.{service.name}.{key}", "is missing: one space must not stop others"
                )
        if service.memory_reserved and service.memory_limit and service.memory_reserved > service.memory_limit:
            words = "more memory is reserved than it may use"
            self.notebook.wrong(place, f"services.{service.name}.deploy.resources", words)
        if service.capabilities_dropped != ("ALL",):
            self.notebook.wrong(place, f"services.{service.name}.cap_drop", "[ALL] is expected; give back with cap_add")

    def _images(self) -> None:
        for version in self.made["versions"]:
            if set(version.images) != set(self.services):
                words = f"an image for each of {', '.join(sorted(self.services))} is expected in version {version.name}"
                self.wrong("versions", words)

    def _route(self) -> None:
        route = self.made["route"]
        if route is None:
            return
        service = self.services.get(route.service)
        if service is None:
            self.wrong("route", f"there is no service {route.service} in {COMPOSE}")
        elif FRONT not in service.networks:
            self.wrong("route", f"the service {route.service} does not stand on the network {FRONT}")
        for name, other in self.services.items():
            if name != route.service and FRONT in other.networks:
                self.wrong("route", f"the service {name} stands on {FRONT} as well, where every space is")

    def _memory(self) -> None:
        reserved = sum((one.memory_reserved or 0) * one.replicas for one in self.services.values())
        if self.made["memory"] and self.made["memory"] != reserved:
            words = (
                f"its services reserve {reserved / 1024**2:g}M together, memory says {self.made['memory'] / 1024**2:g}M"
            )
            self.wrong("memory", words)

    def _hooks(self) -> None:
        for name, hook in self.made["hooks"].items():
            if hook.service not in self.services:
                self.wrong("hooks", f"{name}: there is no service {hook.service} in {COMPOSE}")

    def _secrets(self) -> None:
        said = {secret.name for secret in self.made["secrets"]}
        both = sorted(said & set(self.made["given"]))
        if both:
            self.wrong("given", f"{both[0]} is made once or given, not both")
        said |= set(self.made["given"])
        for name in sorted(said - set(self.sampled.read.secrets)):
            self.wrong("secrets", f"{name} is no secret of {COMPOSE}")
        for name in sorted(set(self.sampled.read.secrets) - said):
            place = self.tree.at("secrets")
            self.notebook.wrong(
                place, f"secrets.{name}", f"{RECIPE} says neither under secrets nor under given where it comes from"
            )

    def _variables(self) -> None:
        used = names_in(self.tree)
        for setting in self.made["settings"]:
            if setting.name not in used:
                self.wrong("settings", f"{setting.name} is used nowhere in {COMPOSE}")
        images = {image_variable(service) for service in self.services}
        for name in sorted(used - {setting.name for setting in self.made["settings"]} - set(GIVEN) - images):
            words = f"{name} is neither a setting of {RECIPE}, nor one of {', '.join(GIVEN)}, nor IMAGE_ and a service"
            self.notebook.wrong(Place(COMPOSE), "", words)
