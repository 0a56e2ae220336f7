# SPDX-License-Identifier: AGPL-3.0-or-later
"""The words by which machines are chosen: what the host typed, and what follows from the site and whose it is."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.text import slugify

from archipel.machines.models import Machine

RESERVED = frozenset({"country", "site", "ownership"})
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
_VALUE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
MOST = 20


def read_labels(text: str) -> dict[str, str]:
    """Read ``name=value``, one a line; ``ValueError`` with the line that cannot be read."""
    found: dict[str, str] = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        name, _sign, value = (part.strip() for part in line.partition("="))
        if name in RESERVED or not _NAME.fullmatch(name) or not _VALUE.fullmatch(value) or name in found:
            raise ValueError(line)
        found[name] = value
    if len(found) > MOST:
        raise ValueError(f"> {MOST}")
    return found


def written(labels: Mapping[str, str]) -> str:
    """Return labels as they are typed."""
    return "\n".join(f"{name}={labels[name]}" for name in sorted(labels))


def all_labels(machine: Machine) -> dict[str, str]:
    """Return every word that a choice may ask for: those of the host, then ``ownership``, ``site`` and ``country``."""
    found = dict(machine.labels) | {"ownership": machine.ownership}
    if machine.site:
        found |= {"site": slugify(machine.site.name), "country": machine.site.country.lower()}
    return found


def kept_of(labels: Mapping[str, str]) -> dict[str, str]:
    """Return those labels of a machine seen for the first time that the host could have typed."""
    good = {
        name: value
        for name, value in labels.items()
        if name not in RESERVED and _NAME.fullmatch(name) and _VALUE.fullmatch(value)
    }
    return dict(sorted(good.items())[:MOST])
