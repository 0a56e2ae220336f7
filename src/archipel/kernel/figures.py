# SPDX-License-Identifier: AGPL-3.0-or-later
"""Figures an app gives to who watches over the installation: numbers by state, never anything about a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """``values`` by the word of ``label`` (a state, a kind); without a label one value under the empty word.

    ``name`` ends with its unit (``_seconds``, ``_bytes``) or counts things.
    """

    name: str
    about: str
    values: Mapping[str, float]
    label: str = ""


def counted(states: Mapping[str, int], known: tuple[str, ...]) -> dict[str, float]:
    """Return a value for each known state: one that nothing is in counts zero, it does not disappear."""
    return {state: float(states.get(state, 0)) for state in known}
