# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the catalogue asks of apps above: the one act a service's page proposes (setting ``SERVICE_ACT``), and what is known
of the application behind (setting ``SOFTWARE_FACTS``)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from archipel.host.queries import WrittenText


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


@dataclass(frozen=True)
class Caution:
    """What somebody should know before they choose: in a few words, and why it is so here (may be empty)."""

    title: str
    because: WrittenText


@dataclass(frozen=True)
class SoftwareFacts:
    """What is known of the application behind a service: its licence (SPDX), where its source is, what survives a lost machine."""

    licence: str
    source: str
    survives: WrittenText
    cautions: tuple[Caution, ...] = ()


class AboutSoftware(Protocol):
    def __call__(self, connector: str) -> SoftwareFacts | None:
        """Return what is known of the application a connector opens; None when nothing is written down."""
        ...
