# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from dataclasses import dataclass

from archipel.outbox.facts import Fact


@dataclass(frozen=True)
class RoleGiven(Fact):
    """A person holds a role in an organisation from now on (public ids)."""

    organisation_id: str
    person_id: str
    role: str


@dataclass(frozen=True)
class RoleEnded(Fact):
    """A person no longer holds a role in an organisation (public ids)."""

    organisation_id: str
    person_id: str
    role: str


@dataclass(frozen=True)
class OrganisationsMerged(Fact):
    """Two organisations became one (public ids); what apps above point at was moved in the same transaction."""

    kept: str
    absorbed: str
