# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from django.utils.translation import get_language

from archipel.host.models import Host, Parameter, Text
from archipel.host.parameters import DEFINED
from archipel.kernel import clock

# How long a process may use what it read of the host's row; pages read it on every request.
FRESH_SECONDS = 5.0
_remembered: tuple[float, Host | None] = (0.0, None)


def current() -> Host:
    """Return this installation; before the set-up page was filled in, an unsaved row with neutral values."""
    global _remembered
    read_at, host = _remembered
    if host is None or time.monotonic() - read_at > FRESH_SECONDS:
        try:
            host = Host.objects.filter(pk=1).first() or _before_set_up()
        except (DatabaseError, InterfaceError):
            # Hosted sites go on without the database: what was known serves until it answers again.
            if host is None or connection.in_atomic_block:
                raise
            connection.close()
        _remembered = (time.monotonic(), host)
    return host


def forget_remembered() -> None:
    """Read the row again at the next call (after a change, and between tests)."""
    global _remembered
    _remembered = (0.0, _remembered[1])


def _before_set_up() -> Host:
    return Host(
        name="Archipel",
        contact_address="contact@localhost.invalid",
        portal_url=f"http://127.0.0.1:{settings.PORT}",
        sites_domain="sites.localhost",
        languages=["fr", "en"],
        sender_name="Archipel",
        sender_address="archipel@localhost.invalid",
    )


def parameter(key: str, on: date | None = None, default: Any = None) -> Any:
    """Return a dated parameter as it stands on a day (today unless said); before its first day, ``default`` or its own."""
    row = Parameter.objects.filter(key=key, since__lte=on or clock.today()).order_by("-since").first()
    if row:
        return row.value
    return DEFINED[key].default if default is None and key in DEFINED else default


def parameter_dates(key: str) -> list[Parameter]:
    """Return every value a parameter has, had or will have, latest first."""
    return list(Parameter.objects.filter(key=key).order_by("-since"))


@dataclass(frozen=True)
class WrittenText:
    """A host-written text as shown: ``language`` is the one it is in, ``fallback`` says it is not the one asked for."""

    body: str
    language: str
    fallback: bool

    def __str__(self) -> str:
        return self.body

    def __bool__(self) -> bool:
        return bool(self.body)


def text(key: str, language: str | None = None) -> WrittenText:
    """Return a host-written text in a language (the page's unless said), or in the host's first one, marked."""
    return texts([key], language)[key]


def texts(keys: list[str], language: str | None = None) -> dict[str, WrittenText]:
    """Return several host-written texts with one query; a key nobody wrote gives an empty text."""
    wanted = (language or get_language() or "fr").split("-")[0]
    bodies: dict[str, dict[str, str]] = {key: {} for key in keys}
    for row in Text.objects.filter(key__in=keys).exclude(body=""):
        bodies[row.key][row.language] = row.body
    return {key: _choose(found, wanted) for key, found in bodies.items()}


def _choose(found: dict[str, str], wanted: str) -> WrittenText:
    for language in [wanted, *current().languages, *sorted(found)]:
        if language in found:
            return WrittenText(found[language], language, language != wanted)
    return WrittenText("", wanted, False)


def in_language(labels: dict[str, str], language: str | None = None) -> WrittenText:
    """Choose among labels kept with a row (language code → words), with the same fallback."""
    wanted = (language or get_language() or "fr").split("-")[0]
    return _choose({code: words for code, words in labels.items() if words}, wanted)
