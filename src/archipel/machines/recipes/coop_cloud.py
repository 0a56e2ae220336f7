# SPDX-License-Identifier: AGPL-3.0-or-later
"""A Co-op Cloud recipe read as it is. What is read, and what is not, is named in ``docs/operating/recipes.md``.

Source of the format: recipes and documents of Co-op Cloud (docs.coopcloud.tech), as read in November 2026.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path, PurePosixPath

from archipel.machines.recipes.compose import StackRead
from archipel.machines.recipes.compose.merging import merged
from archipel.machines.recipes.environment import SECRET, Sample, read_exports, read_sample
from archipel.machines.recipes.findings import Notebook, Place
from archipel.machines.recipes.located import Table, read_yaml
from archipel.machines.recipes.recipe import GIVEN, Recipe, SecretMade, Setting, Version
from archipel.machines.recipes.rendering import Renderer, Source, findings_of
from archipel.machines.recipes.sampling import VALUES, Sampled, files_of, sample
from archipel.machines.recipes.traefik import Route, route_of

COMPOSE, SAMPLE, EXPORTS, README = "compose.yml", ".env.sample", "abra.sh", "README.md"
# Settings that are about abra or Traefik, which a space here has no use for.
OF_ABRA = {
    "TYPE",
    "RECIPE",
    "COMPOSE_FILE",
    "LETS_ENCRYPT_ENV",
    "EXTRA_DOMAINS",
    "TIMEOUT",
    "ENABLE_AUTO_UPDATE",
    "POST_DEPLOY_CMDS",
}
LENGTH = 32
CHARSETS = {"", "alnum", "default", "hex"}
TITLE = re.compile(r"^#\s+(.{1,80})$", re.MULTILINE)
# Beside the recipe: nothing of it runs.
ASIDE = re.compile(
    r"(?:LICEN[CS]E.*|\.gitignore|\.drone\.ya?ml|renovate\.json|release/.*|releaseNotes/.*|.*\.md|\.github/.*|\.envrc.*)",
    re.I,
)


def read_coop_cloud(folder: Path) -> Recipe:
    """Return a Co-op Cloud recipe; what its check says is in ``findings``, errors only where it would not run as it means to."""
    notebook = Notebook(own=False)
    files = files_of(folder, notebook)
    settings = read_sample(_text(files.get(SAMPLE, b"")), SAMPLE, notebook)
    exports = read_exports(_text(files.get(EXPORTS, b"")), EXPORTS, notebook)
    parts = settings.compose_files or (COMPOSE,)
    tree = _tree(parts, files, notebook)
    if tree is None:
        return Recipe(folder.name, folder, "co-op cloud", folder.name, (), findings=findings_of(notebook))
    fixed = {key: value for key, value in {**exports, **settings.values}.items() if key not in GIVEN}
    # The names of a space, and their certificates, are Archipel's.
    fixed |= {"EXTRA_DOMAINS": "", "LETS_ENCRYPT_ENV": "production"}
    source = Source(tree, files, fixed, own=False)
    sampled = sample(source, {**fixed, **VALUES}, (), notebook)
    route = _route(sampled, notebook)
    secrets = _secrets(settings, sampled.read, notebook)
    _say_files(files, parts, sampled.read, notebook)
    return Recipe(
        slug=folder.name,
        folder=folder,
        format="co-op cloud",
        name=_name(files.get(README, b""), folder),
        versions=_versions(sampled, notebook),
        secrets=secrets,
        settings=_settings(settings),
        memory=sum((one.memory_reserved or 0) * one.replicas for one in sampled.stack.services),
        route=route,
        volumes=sampled.read.volumes,
        findings=findings_of(notebook),
        render=Renderer(source),
    )


def _text(content: bytes) -> str:
    return content.decode("utf-8", errors="replace")


def _tree(parts: tuple[str, ...], files: dict[str, bytes], notebook: Notebook) -> Table | None:
    """Return the Compose files that ``COMPOSE_FILE`` names, put together in their order."""
    tree: Table | None = None
    for part in parts:
        name = str(PurePosixPath(part))
        if name not in files:
            notebook.wrong(Place(name), "", "the recipe has no such file")
            continue
        more = notebook.attempt(lambda name=name: read_yaml(files[name], name), None)  # type: ignore[misc]  # a lambda's defaults have no types
        if more is None:
            return None
        more = more.without(*(key for key in more.entries if key.startswith("x-")))
        whole = merged(tree, more) if tree else more
        assert isinstance(whole, Table)
        tree = whole
    return tree


def _route(sampled: Sampled, notebook: Notebook) -> Route | None:
    route = route_of(sampled.labels, sampled.read.services, notebook)
    for one in sampled.read.services:
        for port in one.published:
            key = f"services.{one.service.name}.ports"
            routed = bool(route and one.service.name == route.service and port == str(route.port))
            words = "no port of the machine is opened: the proxy reaches the container" if routed else (
                f"the port {port} of the container is not opened on the machine"
            )  # fmt: skip
            notebook.not_read(one.place, key, words, grave=not routed)
    if route is None and not any(labels.routed for labels in sampled.labels.values()):
        notebook.not_read(Place(COMPOSE), "services", "no service has a route for web pages", grave=True)
    # A rule that cannot be read was said already.
    if route and route.names and VALUES["DOMAIN"] not in route.names:
        notebook.not_read(Place(COMPOSE), f"services.{route.service}", "its route is not at ${DOMAIN}", grave=True)
    return route


def _versions(sampled: Sampled, notebook: Notebook) -> tuple[Version, ...]:
    labels = [labels.version for labels in sampled.labels.values() if labels.version]
    images = {service.name: service.image for service in sampled.stack.services}
    first = next(iter(images.values()), "")
    tag = first.rpartition(":")[2] if ":" in first else ""
    name = labels[0] if labels else tag
    if not labels:
        notebook.not_read(Place(COMPOSE), "services", "no label coop-cloud.${STACK_NAME}.version: the image's is taken")
    return (Version(name or "unknown", images),)


def _secrets(settings: Sample, read: StackRead, notebook: Notebook) -> tuple[SecretMade, ...]:
    announced = {secret.name: secret for secret in settings.secrets}
    made = []
    for name in read.secrets:
        found = announced.get(name)
        if found and not set(found.charset.split(",")) <= CHARSETS:
            words = f"signs “{found.charset}” are not made: letters and digits are"
            notebook.differently(found.place, name, words)
        hexadecimal = bool(found and found.charset == "hex")
        made.append(SecretMade(name, found.length if found and found.length else LENGTH, "hex" if hexadecimal else ""))
    return tuple(made)


def _settings(settings: Sample) -> tuple[Setting, ...]:
    """Return what may be set for a space: names of secrets' versions, and what is abra's or Archipel's own, are left out."""
    found: dict[str, Setting] = {}
    for line in settings.lines:
        if line.name in OF_ABRA or line.name in GIVEN or SECRET.fullmatch(line.name):
            continue
        default = settings.values.get(line.name, "")
        words = {"en": line.help} if line.help else {}
        setting = Setting(line.name, default, description=words)
        known = found.get(line.name)
        found[line.name] = replace(known, default=default) if known and known.description else setting
    return tuple(found.values())


def _name(readme: bytes, folder: Path) -> str:
    title = TITLE.search(_text(readme))
    return title[1].strip() if title else folder.name


def _say_files(files: dict[str, bytes], parts: tuple[str, ...], read: StackRead, notebook: Notebook) -> None:
    """Note each file of the recipe: a part that is not in force, a configuration, or something nobody reads."""
    used = {str(PurePosixPath(part)) for part in parts} | {config.file for config in read.configs.values()}
    used |= {SAMPLE, EXPORTS, README}
    for name in sorted(set(files) - used):
        path = PurePosixPath(name)
        if path.name.startswith("compose.") and path.suffix in (".yml", ".yaml"):
            notebook.not_read(
                Place(name), "", f"an optional part, not in force: COMPOSE_FILE in {SAMPLE} does not name it"
            )
        elif not ASIDE.fullmatch(name):
            notebook.not_read(Place(name), "", "is used by nothing that is read")
