# SPDX-License-Identifier: AGPL-3.0-or-later
"""``recipe.yml``: what a recipe in our own format says beside its Compose file. Every key is read, or refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from archipel.machines.ports import Hook
from archipel.machines.recipes import reading as read
from archipel.machines.recipes.antifeatures import NAMES
from archipel.machines.recipes.findings import Notebook, Unreadable
from archipel.machines.recipes.located import Leaf, Table, Value
from archipel.machines.recipes.reading import Fields
from archipel.machines.recipes.recipe import (
    GIVEN,
    HOOKS,
    Antifeature,
    SecretMade,
    Setting,
    SignOn,
    Version,
)
from archipel.machines.recipes.traefik import Route

KEYS = (
    "format, name, description, licence, source, versions, antifeatures, survives, memory, secrets, given, settings, "
    "sign_on, route and hooks are"
)
# SPDX expressions: https://spdx.github.io/spdx-spec/v3.0/annexes/spdx-license-expressions/
LICENCE = re.compile(r"\(*[A-Za-z0-9][A-Za-z0-9.+-]*\)*(?: (?:AND|OR|WITH) \(*[A-Za-z0-9][A-Za-z0-9.+-]*\)*)*")
# Identifiers SPDX withdrew: they do not say whether a later version will do.
WITHDRAWN = re.compile(r"\b(?:A?GPL|LGPL|GFDL)-\d\.\d\b(?!-)")
VERSION = re.compile(r"[A-Za-z0-9][A-Za-z0-9.+~_-]{0,60}")
SECRET = re.compile(r"[a-z][a-z0-9_]{0,39}")
SETTING = re.compile(r"[A-Z][A-Z0-9_]{0,59}")
ROLES = ("referent", "member")


def read_description(tree: Table, folder: Path, notebook: Notebook) -> dict[str, Any]:
    """Return the fields of ``Recipe`` that ``recipe.yml`` fills; all that is missing or wrong is noted."""
    top = Fields(tree, "", notebook)
    top.need("format", _format, 1, "1")
    survives = top.below("survives")
    secrets = top.take("secrets", _secrets, ())
    made: dict[str, Any] = {
        "slug": folder.name,
        "name": top.need("name", read.text, "", "what the application is called"),
        "description": top.need("description", read.languages, {}, "one sentence in en and in fr"),
        "licence": top.need("licence", _licence, "", "the licence of the application, an SPDX expression"),
        "source": top.need("source", _address, "", "the address where the source code is found"),
        "versions": top.need("versions", _versions, (), "the versions it can open, oldest first"),
        "antifeatures": top.take("antifeatures", _antifeatures, ()),
        "scratch": survives.take("scratch", read.texts, ()),
        "survives": survives.need("words", read.languages, {}, "what survives the loss of a machine, in en and in fr"),
        "memory": top.need("memory", read.size, 0, "what a space reserves, such as 256M"),
        "secrets": secrets,
        "given": top.take("given", _given, {}),
        "settings": top.take("settings", _settings, ()),
        "sign_on": _sign_on(top),
        "route": _route(top),
        "hooks": top.take("hooks", _hooks, {}),
    }
    survives.refuse_rest("words and scratch are")
    top.refuse_rest(KEYS)
    return made


def _format(value: Value, key: str) -> int:
    if read.whole(value, key) != 1:
        raise Unreadable(value.place, key, "1 is expected: the only format there is")
    return 1


def _licence(value: Value, key: str) -> str:
    words = read.text(value, key)
    if not LICENCE.fullmatch(words):
        raise Unreadable(value.place, key, "an SPDX expression is expected, such as GPL-2.0-or-later")
    if found := WITHDRAWN.search(words):
        raise Unreadable(value.place, key, f"{found[0]} is not precise: -only or -or-later is expected after it")
    return words


def _address(value: Value, key: str) -> str:
    words = read.text(value, key)
    parts = urlsplit(words)
    if parts.scheme != "https" or not parts.hostname or " " in words:
        raise Unreadable(value.place, key, "an address that begins with https:// is expected")
    return words


def _versions(value: Value, key: str) -> tuple[Version, ...]:
    found: list[Version] = []
    for number, child in enumerate(read.items(value, key)):
        at = f"{key}[{number}]"
        entry = read.table(child, at)
        if set(entry.entries) != {"version", "images"}:
            raise Unreadable(entry.place, at, "version and images are expected, nothing else")
        name = read.text(entry.entries["version"], f"{at}.version")
        leaf = read.leaf(entry.entries["version"], f"{at}.version")
        if leaf.kind != "text" or not VERSION.fullmatch(name):
            raise Unreadable(leaf.place, f"{at}.version", 'a version in quotes is expected, such as "6.1"')
        if name in [version.name for version in found]:
            raise Unreadable(leaf.place, f"{at}.version", f"{name} is there twice")
        images = read.table(entry.entries["images"], f"{at}.images")
        found.append(
            Version(
                name, {service: read.text(image, f"{at}.images.{service}") for service, image in images.entries.items()}
            )
        )
    if not found:
        raise Unreadable(value.place, key, "at least one version is expected")
    return tuple(found)


def _antifeatures(value: Value, key: str) -> tuple[Antifeature, ...]:
    """Read names, or a mapping of a name to why in both languages."""
    if isinstance(value, Table):
        because: Mapping[str, Any] = {
            name: read.languages(child, f"{key}.{name}") for name, child in value.entries.items()
        }
    else:
        because = {name: {} for name in _none_or_texts(value, key)}
    for name in because:
        if name not in NAMES:
            raise Unreadable(value.place, key, f"{name} is not one of {', '.join(NAMES)}")
    return tuple(Antifeature(name, words) for name, words in because.items())


def _none_or_texts(value: Value, key: str) -> tuple[str, ...]:
    return () if not isinstance(value, Leaf) and not read.items(value, key) else read.texts(value, key)


def _secrets(value: Value, key: str) -> tuple[SecretMade, ...]:
    made = []
    for name, child in read.table(value, key).entries.items():
        at = f"{key}.{name}"
        if not SECRET.fullmatch(name):
            raise Unreadable(child.place, at, "small letters, digits and low lines are expected, 40 at most")
        length = read.table(child, at).entries.get("length")
        if set(read.table(child, at).entries) - {"length"}:
            raise Unreadable(child.place, at, "length is the only key of a secret")
        signs = 32 if length is None else read.whole(length, f"{at}.length")
        if not 16 <= signs <= 128:
            raise Unreadable(child.place, f"{at}.length", "from 16 to 128 signs are expected")
        made.append(SecretMade(name, signs))
    return tuple(made)


def _given(value: Value, key: str) -> dict[str, bool]:
    found = {}
    for name, child in read.table(value, key).entries.items():
        at = f"{key}.{name}"
        words = read.text(child, at)
        if not SECRET.fullmatch(name) or words not in ("always", "if any"):
            raise Unreadable(child.place, at, "the name of a secret with “always” or “if any” is expected")
        found[name] = words == "always"
    return found


def _settings(value: Value, key: str) -> tuple[Setting, ...]:
    made = []
    for name, child in read.table(value, key).entries.items():
        at = f"{key}.{name}"
        if not SETTING.fullmatch(name) or name in GIVEN:
            raise Unreadable(child.place, at, f"a name in capitals is expected, none of {', '.join(GIVEN)}")
        entry = read.table(child, at)
        if unknown := sorted(set(entry.entries) - {"default", "choices", "description"}):
            raise Unreadable(
                entry.at(unknown[0]), f"{at}.{unknown[0]}", "default, choices and description are expected"
            )
        default = read.leaf(entry.entries["default"], f"{at}.default").text if "default" in entry.entries else ""
        choices = read.texts(entry.entries["choices"], f"{at}.choices") if "choices" in entry.entries else ()
        if choices and default not in choices:
            raise Unreadable(entry.place, f"{at}.default", f"one of {', '.join(choices)} is expected")
        if "description" not in entry.entries:
            raise Unreadable(entry.place, f"{at}.description", "is missing: one sentence in en and in fr")
        made.append(Setting(name, default, choices, read.languages(entry.entries["description"], f"{at}.description")))
    return tuple(made)


def _sign_on(top: Fields) -> SignOn | None:
    if top.value("sign_on") is None:
        return None
    fields = top.below("sign_on")
    plain = SignOn(redirect_uris=())
    made = SignOn(
        redirect_uris=fields.need("redirect_uris", read.texts, (), "where people come back to"),
        post_logout_redirect_uris=fields.take("post_logout_redirect_uris", read.texts, ()),
        backchannel_logout_uri=fields.take("backchannel_logout_uri", read.text, ""),
        home_url=fields.take("home_url", read.text, plain.home_url),
        scopes=fields.take("scopes", read.texts, plain.scopes),
        claims=fields.take("claims", read.texts, ()),
        roles=fields.take("roles", _roles, ()),
        pkce_exemption=fields.take("pkce_exemption", read.text, ""),
        session_minutes=fields.take("session_minutes", read.whole, None),
    )
    for address in (*made.redirect_uris, *made.post_logout_redirect_uris, made.backchannel_logout_uri, made.home_url):
        if address and not address.startswith("https://{address}/"):
            fields.notebook.wrong(fields.place, "sign_on", f"{address} does not begin with https://{{address}}/")
    fields.refuse_rest("redirect_uris, post_logout_redirect_uris, backchannel_logout_uri, home_url, scopes, claims, "
                       "roles, pkce_exemption and session_minutes are")  # fmt: skip
    return made


def _roles(value: Value, key: str) -> tuple[tuple[str, str], ...]:
    found = read.table(value, key)
    if set(found.entries) != set(ROLES):
        raise Unreadable(value.place, key, f"a word for each of {', '.join(ROLES)} is expected")
    return tuple((role, read.text(word, f"{key}.{role}")) for role, word in found.entries.items())


def _route(top: Fields) -> Route | None:
    if top.value("route") is None:
        top.notebook.wrong(top.place, "route", "is missing: the service and the port visitors are sent to")
        return None
    fields = top.below("route")
    service = fields.need("service", read.text, "", "the service visitors are sent to")
    port = fields.need("port", read.port, 0, "its port")
    fields.refuse_rest("service and port are")
    return Route(service, port)


def _hooks(value: Value, key: str) -> dict[str, Hook]:
    found = {}
    for name, child in read.table(value, key).entries.items():
        at = f"{key}.{name}"
        if name not in HOOKS:
            raise Unreadable(child.place, at, f"is no hook; {', '.join(HOOKS)} are")
        entry = read.table(child, at)
        if unknown := sorted(set(entry.entries) - {"service", "command", "timeout"}):
            raise Unreadable(entry.at(unknown[0]), f"{at}.{unknown[0]}", "service, command and timeout are expected")
        for needed in ("service", "command"):
            if needed not in entry.entries:
                raise Unreadable(entry.place, f"{at}.{needed}", "is missing")
        command = read.texts(entry.entries["command"], f"{at}.command")
        timeout = read.duration(entry.entries["timeout"], f"{at}.timeout") if "timeout" in entry.entries else 60.0
        found[name] = Hook(read.text(entry.entries["service"], f"{at}.service"), command, timeout)
    return found
