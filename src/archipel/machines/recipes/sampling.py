# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads a recipe as if a space were opened with it, so that everything there is to say is said before."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from archipel.machines.ports import Stack
from archipel.machines.recipes.compose import StackRead
from archipel.machines.recipes.findings import Notebook, Place
from archipel.machines.recipes.located import Table, leaves
from archipel.machines.recipes.rendering import Source, assemble, fill_and_read
from archipel.machines.recipes.traefik import LabelsRead

NAME = "s-example"
VALUES = {
    "STACK_NAME": NAME, "DOMAIN": "space.example.org", "TITLE": "Example", "LANGUAGE": "fr", "QUOTA": "1000000000",
    "ISSUER": "https://portal.example.org", "CLIENT_ID": "example",
}  # fmt: skip
# More and larger files than this are no recipe.
MOST_FILES = 400
MOST_BYTES = 1_048_576
ASIDE = {".git", "image", "node_modules"}


@dataclass(frozen=True)
class Sampled:
    """What one reading with made-up values gave."""

    read: StackRead
    labels: Mapping[str, LabelsRead]
    stack: Stack


def sample(source: Source, known: Mapping[str, str], secrets: Iterable[str], notebook: Notebook) -> Sampled:
    """Read and assemble a Compose file with values of an example; everything is noted."""
    _say_templates(source.tree, notebook)
    read, labels = fill_and_read(source, known, NAME, notebook, own=source.own)
    made_up = dict.fromkeys(secrets, "0" * 32) if source.own else dict.fromkeys(read.secrets, "0" * 32)
    stack = assemble(read, labels, name=NAME, secrets=made_up, machine="", notebook=notebook)
    return Sampled(read, labels, stack)


def _say_templates(tree: Table, notebook: Notebook) -> None:
    """Note templates in variables and mounts: Docker fills ``{{.Node.Hostname}}`` there, here they stand as they are."""
    services = tree.entries.get("services")
    for name, service in (services.entries if isinstance(services, Table) else {}).items():
        for key in ("environment", "volumes"):
            value = service.entries.get(key) if isinstance(service, Table) else None
            for path, leaf in leaves(value, f"services.{name}.{key}") if value else ():
                if "{{" in leaf.text:
                    notebook.not_read(leaf.place, path, "templates {{ }} are filled in configurations only", grave=True)


def files_of(folder: Path, notebook: Notebook) -> dict[str, bytes]:
    """Return the files of a recipe by path; links and what is too large are left out, and noted."""
    found: dict[str, bytes] = {}
    for path in paths_of(folder):
        name = path.relative_to(folder).as_posix()
        if len(found) >= MOST_FILES:
            notebook.wrong(Place(name), "", f"more than {MOST_FILES} files")
            break
        if path.is_symlink() or not path.is_file():
            notebook.not_read(Place(name), "", "a link is not followed")
        elif path.stat().st_size > MOST_BYTES:
            notebook.not_read(Place(name), "", "larger than 1 MiB")
        else:
            found[name] = path.read_bytes()
    return found


def paths_of(folder: Path) -> list[Path]:
    """Return what lies in a recipe's folder, by path: what its image is built from, and its history, are not part of it."""
    found: list[Path] = []
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in ASIDE)
        links = [name for name in folders if (Path(where) / name).is_symlink()]
        found += [Path(where) / name for name in (*files, *links)]
    return sorted(found)
