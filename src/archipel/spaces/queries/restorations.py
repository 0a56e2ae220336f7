# SPDX-License-Identifier: AGPL-3.0-or-later
"""Bundles that were brought back, as the people of a space read them; and what can be opened from one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archipel.catalogue.models import Service
from archipel.catalogue.queries import service_name
from archipel.organisations.models import Organisation
from archipel.spaces import states
from archipel.spaces.models import Restoration, Space
from archipel.spaces.refusals import BundleRefused


@dataclass(frozen=True)
class RestorationLine:
    """One bundle: ``why`` says what refused it; ``tone`` is that of its state."""

    title: str
    origin: str
    at: datetime
    words: str
    tone: str
    why: str


_TONES = {"waiting": "now", "running": "now", "done": "ok", "refused": "stop"}


def restorations_of(space: Space) -> list[RestorationLine]:
    """Return the latest, newest first."""
    rows = Restoration.objects.filter(space=space).order_by("-asked_at", "-pk")[:5]
    return [
        RestorationLine(
            title=row.origin["title"],
            origin=row.origin["host"],
            at=row.asked_at,
            words=str(states.RESTORATION_WORDS[row.state]),
            tone=_TONES[row.state],
            why=str(BundleRefused.of(row.problem, row.about)) if row.state == "refused" else "",
        )
        for row in rows
    ]


def organisation_called(text: str) -> Organisation | None:
    """Return the living organisation of an identifier, or of a name that no other has."""
    living = Organisation.objects.filter(merged_into=None)
    text = text.strip()
    found = living.filter(public_id=text).first()
    named = list(living.filter(name__iexact=text)[:2])
    return found or (named[0] if len(named) == 1 else None)


def services_opened_by_machine() -> list[tuple[str, str]]:
    """Return the services whose spaces a connector opens, as (slug, name)."""
    return [(row.slug, service_name(row)) for row in Service.objects.exclude(connector="").order_by("slug")]
