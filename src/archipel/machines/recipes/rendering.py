# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes the stack of a space out of a recipe's Compose file: variables, templates, secrets, placement. Pure: no file is read here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

from archipel.machines.ports import FileIn, Service, Stack
from archipel.machines.recipes.compose import ServiceRead, StackRead, read_stack
from archipel.machines.recipes.findings import Finding, Notebook, Place, Unreadable
from archipel.machines.recipes.located import Leaf, Table, Value
from archipel.machines.recipes.recipe import GIVEN, Recipe, Version
from archipel.machines.recipes.templates import Context, read_template
from archipel.machines.recipes.traefik import LabelsRead, read_labels
from archipel.machines.recipes.variables import Missing, filled

STACK = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,38}[a-z0-9])?")
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
# Docker's own limit for a secret or a configuration: 500 KiB.
MOST_BYTES = 512_000
RECIPE_LABEL, VERSION_LABEL = "archipel.recipe", "archipel.version"


@dataclass(frozen=True)
class Source:
    """What a stack is made of: the Compose file as a tree, the files its configurations are read from, values that stand fixed."""

    tree: Table
    files: Mapping[str, bytes]
    fixed: Mapping[str, str]
    own: bool


def image_variable(service: str) -> str:
    """Return the variable a Compose file names the image of a service by: ``IMAGE_APP``."""
    return f"IMAGE_{re.sub(r'[^A-Z0-9]', '_', service.upper())}"


@dataclass(frozen=True)
class Renderer:
    """The function a recipe makes its stacks with."""

    source: Source

    def __call__(
        self,
        recipe: Recipe,
        *,
        name: str,
        version: Version,
        values: Mapping[str, str],
        secrets: Mapping[str, str],
        machine: str,
    ) -> Stack:
        """Return the stack of a space; ``RecipeRefused`` when what is given does not fit the recipe."""
        if not STACK.fullmatch(name):
            raise recipe.refused(f"“{name[:60]}” cannot name a stack: small letters, digits and hyphens, 40 at most")
        known = self.values_of(recipe, name, version, values)
        kept = _secrets_of(recipe, secrets)
        notebook = Notebook(own=False)
        read, labels = fill_and_read(self.source, known, name, notebook, own=False)
        stack = assemble(read, labels, name=name, secrets=kept, machine=machine, notebook=notebook)
        # What a recipe's check already said is not an obstacle; what these values make wrong is.
        notebook.refuse_errors(but=recipe.findings)
        return replace(stack, labels={RECIPE_LABEL: recipe.slug, VERSION_LABEL: version.name})

    def values_of(self, recipe: Recipe, name: str, version: Version, values: Mapping[str, str]) -> dict[str, str]:
        """Return every variable of a space with its value."""
        settings = {setting.name: setting for setting in recipe.settings}
        if not values.get("DOMAIN"):
            raise recipe.refused("DOMAIN is missing: the host name of the space")
        for key, value in values.items():
            _check_value(recipe, key, value, settings)
        return {
            **dict(self.source.fixed),
            **{key: setting.default for key, setting in settings.items() if setting.default or self.source.own},
            **dict.fromkeys(("TITLE", "LANGUAGE", "QUOTA", "ISSUER", "CLIENT_ID"), ""),
            **values,
            **{image_variable(service): image for service, image in version.images.items()},
            "STACK_NAME": name,
            "VERSION": version.name,
        }


def _check_value(recipe: Recipe, key: str, value: str, settings: Mapping[str, object]) -> None:
    if key not in settings and key not in GIVEN:
        raise recipe.refused(f"{key[:60]} is no setting of this recipe")
    if CONTROL.search(value) or len(value) > 10_000:
        raise recipe.refused(f"the value of {key} holds a sign that is none, or is longer than 10,000 signs")
    choices = getattr(settings.get(key), "choices", ())
    if choices and value not in choices:
        raise recipe.refused(f"{key} is one of {', '.join(choices)}")


def _secrets_of(recipe: Recipe, secrets: Mapping[str, str]) -> dict[str, str]:
    """Return the secrets the stack gets: those made once, those given; others are left aside, needed ones refused when absent."""
    needed = {secret.name for secret in recipe.secrets} | {name for name, always in recipe.given.items() if always}
    if missing := sorted(name for name in needed if not secrets.get(name)):
        raise recipe.refused(f"the secret {missing[0]} is missing")
    wanted = needed | set(recipe.given)
    return {name: value for name, value in secrets.items() if name in wanted and value}


def fill_and_read(
    source: Source, known: Mapping[str, str], name: str, notebook: Notebook, *, own: bool
) -> tuple[StackRead, dict[str, LabelsRead]]:
    """Replace the variables of a Compose file and read it; everything is noted, what cannot be read left out."""
    told: set[str] = set()

    def missing(variable: str, place: Place, key: str) -> str:
        if own:
            raise Unreadable(place, key, f"{variable} is neither a setting of recipe.yml nor given by Archipel")
        if variable not in told:
            told.add(variable)
            notebook.differently(place, key, f"{variable} has no value: it is empty")
        return ""

    tree = _filled(source.tree, known, missing, notebook)
    read = read_stack(tree, notebook=notebook, name=name, values=known, files=source.files)
    return read, {service.service.name: read_labels(service, notebook) for service in read.services}


def _filled(tree: Table, known: Mapping[str, str], missing: Missing, notebook: Notebook) -> Table:
    """Fill part by part, so that one bad variable does not hide the others; names of secrets and configurations are ours."""
    entries: dict[str, Value] = {}
    for key, value in tree.entries.items():
        if key.startswith("x-"):
            # Anchors were put in where they are used.
            continue
        if key in ("services", "secrets", "configs") and isinstance(value, Table):
            parts = {name: child for name, child in value.entries.items()}
            if key != "services":
                parts = {name: _unnamed(child) for name, child in parts.items()}
            entries[key] = replace(value, entries=_each(parts, key, known, missing, notebook))
        else:
            entries |= _each({key: value}, "", known, missing, notebook)
    return replace(tree, entries=entries)


def _unnamed(value: Value) -> Value:
    """Take the variables out of the name of a secret: its version is counted elsewhere here."""
    name = value.entries.get("name") if isinstance(value, Table) else None
    if not isinstance(value, Table) or not isinstance(name, Leaf):
        return value
    return replace(value, entries=value.entries | {"name": replace(name, text="versioned")})


def _each(
    parts: Mapping[str, Value], key: str, known: Mapping[str, str], missing: Missing, notebook: Notebook
) -> dict[str, Value]:
    made: dict[str, Value] = {}
    for name, value in parts.items():
        at = f"{key}.{name}" if key else name
        if isinstance(value, Table) and key == "services":
            made[name] = replace(value, entries=_each(value.entries, at, known, missing, notebook))
        else:
            found = _one(value, at, known, missing, notebook)
            if found is not None:
                made[name] = found
    return made


def _one(value: Value, key: str, known: Mapping[str, str], missing: Missing, notebook: Notebook) -> Value | None:
    return notebook.attempt(lambda: filled(value, known, missing, key), None)


def assemble(
    read: StackRead, labels: Mapping[str, LabelsRead], *, name: str,
    secrets: Mapping[str, str], machine: str, notebook: Notebook,
) -> Stack:  # fmt: skip
    """Put secrets and written templates into what a Compose file said, and everything on one machine when one is named."""
    made_secrets = {key: secrets[key].encode() for key in read.secrets if key in secrets}
    made_configs: dict[str, bytes] = {}
    services = []
    for one in read.services:
        service = replace(
            one.service,
            secrets=tuple(file for file in one.service.secrets if file.name in made_secrets),
            labels=dict(labels[one.service.name].labels or {}),
            constraints=(*one.service.constraints, *([f"node.id=={machine}"] if machine else [])),
        )
        services.append(_with_configs(service, one, read, name, secrets, made_secrets, made_configs, notebook))
    return Stack(
        name=name,
        services=tuple(services),
        volumes=read.volumes,
        networks=read.networks,
        shared_networks=read.shared_networks,
        secrets=made_secrets,
        configs=made_configs,
    )


def _with_configs(
    service: Service, one: ServiceRead, read: StackRead, stack: str, secrets: Mapping[str, str],
    made_secrets: dict[str, bytes], made_configs: dict[str, bytes], notebook: Notebook,
) -> Service:  # fmt: skip
    plain: list[FileIn] = []
    hidden = list(service.secrets)
    for file in one.configs:
        config = read.configs[file.name]
        if not config.template:
            if config.file and not config.content:
                words = "is empty: the engine takes no configuration without a content"
                notebook.wrong(Place(config.file), f"configs.{file.name}", words)
            made_configs[file.name] = config.content
            plain.append(file)
            continue
        written = notebook.attempt(lambda file=file: _written(file, service, read, stack, secrets), None)  # type: ignore[misc]  # a lambda's defaults have no types
        if written is None:
            continue
        content, secret = written
        # A template is written for one service: another may have other variables.
        renamed = replace(file, name=f"{file.name}-{service.name}")
        if secret:
            # Configurations are legible to who reads the engine, so what holds a secret becomes one.
            made_secrets[renamed.name] = content
            hidden.append(renamed)
        else:
            made_configs[renamed.name] = content
            plain.append(renamed)
    return replace(service, configs=tuple(plain), secrets=tuple(hidden))


def _written(
    file: FileIn, service: Service, read: StackRead, stack: str, secrets: Mapping[str, str]
) -> tuple[bytes, bool]:
    config = read.configs[file.name]
    place = Place(config.file)
    try:
        template = read_template(config.content.decode("utf-8"), config.file)
    except UnicodeDecodeError as error:
        raise Unreadable(place, "", "the template is not UTF-8") from error
    given = {one.name: secrets[one.name] for one in service.secrets if one.name in secrets}
    # Swarm knows a secret by the name of its file in the container.
    given |= {one.target.rpartition("/")[2]: secrets[one.name] for one in service.secrets if one.name in secrets}
    context = Context(service.environment, given, {}, f"{stack}_{service.name}")
    # What writes nothing for this space: the engine takes no empty configuration.
    content = template.written(context).encode() or b"\n"
    if len(content) > MOST_BYTES:
        raise Unreadable(place, "", "more than 500 KiB once it is written")
    return content, bool(template.secrets)


def findings_of(notebook: Notebook) -> tuple[Finding, ...]:
    """Return what was noted, in the order of files and lines."""
    return tuple(sorted(notebook.findings, key=lambda one: one.place))
