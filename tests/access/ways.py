# SPDX-License-Identifier: AGPL-3.0-or-later
"""How an address is asked, and what kind of answer came."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver, reverse

from archipel.config.api import api
from tests import factories
from tests.access.people import ANONYMOUS
from tests.access.rows import Row
from tests.access.world import World
from tests.looking import LookingClient

SIGN_IN_PAGE = "/account/login/?next="


def named_addresses() -> set[str]:
    """Return the name of every address of the site, those of the API apart."""
    return set(_names(get_resolver().url_patterns, ""))


def _names(patterns: list[Any], space: str) -> Iterator[str]:
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            inner = pattern.namespace if pattern.namespace and pattern.namespace != "api" else ""
            yield from _names(pattern.url_patterns, inner or space)
        elif not _of_operation(pattern):
            yield f"{space}:{pattern.name}" if space else str(pattern.name)


def _of_operation(pattern: Any) -> bool:
    return "ninja" in pattern.callback.__module__ and pattern.name not in {"openapi-json", "api-root"}


def operations() -> dict[str, Any]:
    """Return the operations of the API by their id, with path and methods."""
    found = {}
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                found[operation.operation_id] = (f"/api{prefix}{path}", operation)
    return found


def client_of(world: World, name: str) -> Client:
    """Return a browser in which this person is signed in."""
    browser = LookingClient()
    if name != ANONYMOUS:
        browser.force_login(world.people[name])
    return browser


def address_of(row: Row, world: World, side: str = "own", **others: str) -> str:
    """Return the path of a row; ``others`` gives single arguments another side."""
    words = {key: world.argument(word, others.get(key, side)) for key, word in row.args.items()}
    name = f"api:{row.name}" if row.name == "openapi-json" else row.name
    return reverse(name, kwargs=words)


def typed_of(row: Row, world: World, side: str = "own") -> dict[str, Any]:
    """Return what is posted, fresh: a file is read once."""
    typed = {}
    for key, value in row.typed.items():
        if value == "zip":
            value = io.BytesIO(factories.zip_of().getvalue())
            value.name = "site.zip"
        elif isinstance(value, str) and value.startswith("$"):
            word, colon, rest = value.partition(":")
            value = world.argument(word, side) + colon + rest
        typed[key] = value
    return typed


def kind_of(answer: HttpResponse) -> str:
    """Return the class of an answer: page, file, moved, sign-in, hidden, refused, method, wrong …"""
    if answer.status_code in (301, 302, 303):
        return "sign-in" if answer["Location"].startswith(SIGN_IN_PAGE) else "moved"
    if answer.status_code == 200:
        return "page" if answer.get("Content-Type", "").startswith("text/html") else "file"
    kinds = {404: "hidden", 403: "refused", 405: "method", 401: "sign-in"}
    return kinds.get(answer.status_code, f"answer {answer.status_code}")


def denial(row: Row, name: str) -> str:
    """Return what a person gets who may not."""
    if name in row.moved:
        return "moved"
    if name == ANONYMOUS and not row.gone:
        return "sign-in"
    return "refused" if name in row.sees else "hidden"
