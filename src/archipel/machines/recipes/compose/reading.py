# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the readers of a Compose file share: the notebook, the values, what the file defines for its services."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from archipel.machines.ports import FileIn, Service
from archipel.machines.recipes.findings import Notebook, Place


@dataclass(frozen=True)
class ConfigRead:
    """A configuration the file defines: what is in its file, and whether that is a template."""

    content: bytes
    file: str
    template: bool


@dataclass
class Reading:
    """One reading of one Compose file whose variables are already replaced.

    ``values``: for variables a service takes over by name alone. ``volumes`` to ``networks``: what is defined at the top,
    ``networks`` by key with the name the engine knows; what a service asks for must be there.
    """

    notebook: Notebook
    stack: str
    values: Mapping[str, str]
    files: Mapping[str, bytes]
    volumes: set[str] = field(default_factory=set)
    secrets: set[str] = field(default_factory=set)
    configs: dict[str, ConfigRead] = field(default_factory=dict)
    networks: dict[str, str] = field(default_factory=dict)
    shared: set[str] = field(default_factory=set)

    @property
    def own(self) -> bool:
        return self.notebook.own


@dataclass(frozen=True)
class ServiceRead:
    """A service with what is not the engine's: its labels for a proxy, its configurations before templates are written."""

    service: Service
    place: Place
    labels: Mapping[str, str]
    label_places: Mapping[str, Place]
    configs: tuple[FileIn, ...]
    published: tuple[str, ...] = ()
