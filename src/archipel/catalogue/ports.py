# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the catalogue asks of an app above: the one act a service's page proposes (setting ``SERVICE_ACT``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True)
class Act:
    """The main button of a service's page: its label, where it leads, a soft line beside it, and where it is explained.

    ``whole``: the line says all there is to say of the moment, what the state alone would say left out.
    """

    label: str
    url: str
    note: str = ""
    more_label: str = ""
    more_url: str = ""
    whole: bool = False


class ServiceAct(Protocol):
    def __call__(self, service: Any, allowed: Any) -> Act | None:
        """Return how a ``models.Service`` is asked for, given what its state allows (``states.Allowed``).

        None when the catalogue's own answer will do.
        """
        ...
