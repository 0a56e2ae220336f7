# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the catalogue asks of an app above: the one act a service's page proposes (setting ``SERVICE_ACT``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from archipel.catalogue.models import Service
from archipel.catalogue.states import Allowed


@dataclass(frozen=True)
class Act:
    """The main button of a service's page: its label, where it leads, and a soft line beside it."""

    label: str
    url: str
    note: str = ""


class ServiceAct(Protocol):
    def __call__(self, service: Service, allowed: Allowed) -> Act | None:
        """Return how this service is asked for now, or None when the catalogue's own answer will do."""
        ...
