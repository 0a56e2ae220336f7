# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a recipe is once it is read, and the stack it makes: a pure function of version, values and secrets."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from archipel.machines.ports import Hook, Stack
from archipel.machines.recipes.findings import Finding, Place, RecipeRefused
from archipel.machines.recipes.traefik import Route

Format = Literal["archipel", "co-op cloud"]

# Variables that Archipel gives to every Compose file, with what they hold. A recipe's settings bear other names.
GIVEN = {
    "STACK_NAME": "the name of the stack",
    "DOMAIN": "the host name of the space",
    "TITLE": "what the space is called",
    "LANGUAGE": "the language of the space, such as fr",
    "QUOTA": "bytes the space may hold, empty for no limit",
    "ISSUER": "the address of the sign-in, without a slash at its end",
    "CLIENT_ID": "as whom the application signs people in",
    "VERSION": "the version of the application",
}
# Hooks a recipe may name: what the connector of the application runs in a container of the space at that moment.
HOOKS = ("install", "sign-on", "people", "usage", "health", "export", "restore", "upgrade")


@dataclass(frozen=True)
class Version:
    """A version the recipe can open, with the image of each service by the service's name."""

    name: str
    images: Mapping[str, str]


@dataclass(frozen=True)
class Antifeature:
    """What somebody should know before they choose the application: a word of YunoHost's list, and why it is so here."""

    name: str
    because: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SecretMade:
    """A secret made once for each space: how many signs, out of which (empty: letters and digits)."""

    name: str
    length: int = 32
    charset: str = ""


@dataclass(frozen=True)
class Setting:
    """What may be set for a space; ``choices`` are the only values, empty when any will do."""

    name: str
    default: str = ""
    choices: tuple[str, ...] = ()
    description: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class SignOn:
    """How people sign in: the fields of ``spaces.ports.SignOnShape``, which ``config`` makes of it."""

    redirect_uris: tuple[str, ...]
    post_logout_redirect_uris: tuple[str, ...] = ()
    backchannel_logout_uri: str = ""
    home_url: str = "https://{address}/"
    scopes: tuple[str, ...] = ("openid", "profile", "email")
    claims: tuple[str, ...] = ()
    roles: tuple[tuple[str, str], ...] = ()
    pkce_exemption: str = ""
    session_minutes: int | None = None


@dataclass(frozen=True)
class Recipe:
    """An application as data. ``slug`` is the name of its folder; ``memory`` the bytes one space reserves.

    ``survives``: what of a space survives the loss of its machine, in both languages; ``scratch``: volumes whose loss costs
    nothing. ``given``: secrets that come from elsewhere (``client_secret``, mail), True when the stack cannot do without.
    ``findings``: what was said while it was read; with an error among them no stack is made.
    """

    slug: str
    folder: Path
    format: Format
    name: str
    versions: tuple[Version, ...]
    description: Mapping[str, str] = field(default_factory=dict)
    licence: str = ""
    source: str = ""
    antifeatures: tuple[Antifeature, ...] = ()
    survives: Mapping[str, str] = field(default_factory=dict)
    scratch: tuple[str, ...] = ()
    memory: int = 0
    secrets: tuple[SecretMade, ...] = ()
    given: Mapping[str, bool] = field(default_factory=dict)
    settings: tuple[Setting, ...] = ()
    sign_on: SignOn | None = None
    route: Route | None = None
    hooks: Mapping[str, Hook] = field(default_factory=dict)
    volumes: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = field(default=(), repr=False)
    render: Callable[..., Stack] | None = field(default=None, repr=False, compare=False)

    @property
    def errors(self) -> list[Finding]:
        return [finding for finding in self.findings if finding.error]

    @property
    def stateful(self) -> bool:
        """Return whether something of a space is on its machine alone between two back-ups."""
        return bool(set(self.volumes) - set(self.scratch))

    def version_names(self) -> list[str]:
        """Return the versions it can open, oldest first; the last one is what new spaces get."""
        return [version.name for version in self.versions]

    def version(self, name: str) -> Version:
        """Return a version by its name; ``RecipeRefused`` for one it cannot open."""
        for version in self.versions:
            if version.name == name:
                return version
        raise self.refused(f"the version {name} cannot be opened: it opens {', '.join(self.version_names())}")

    def stack(
        self, name: str, *, version: str = "", values: Mapping[str, str], secrets: Mapping[str, str], machine: str = ""
    ) -> Stack:
        """Return the stack of a space.

        ``values``: ``GIVEN`` variables and settings by name; ``secrets``: those of ``secrets`` and ``given`` by name; ``machine``:
        the engine's id of the one it stands on, empty for any. ``RecipeRefused`` when one is missing, unknown or not allowed.
        """
        if self.errors:
            raise RecipeRefused(self.errors)
        assert self.render is not None
        wanted = self.version(version or self.versions[-1].name)
        return self.render(self, name=name, version=wanted, values=values, secrets=secrets, machine=machine)

    def refused(self, words: str, file: str = "") -> RecipeRefused:
        """Return a refusal about this recipe as a whole."""
        return RecipeRefused([Finding("not_read", Place(file or self.slug), "", words, error=True)])
