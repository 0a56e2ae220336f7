# SPDX-License-Identifier: AGPL-3.0-or-later
"""Facts told to the apps whose objects procedures are about."""

from __future__ import annotations

from dataclasses import dataclass

from archipel.outbox.facts import Fact


@dataclass(frozen=True)
class ProcedureFact(Fact):
    """``procedure_id`` and ``about_id`` are public ids."""

    procedure_id: str
    kind: str
    about_kind: str
    about_id: str


@dataclass(frozen=True)
class ProcedureDone(ProcedureFact):
    """Every step is done."""


@dataclass(frozen=True)
class ProcedureStopped(ProcedureFact):
    """A human of the host must look; the run can be resumed or cancelled."""


@dataclass(frozen=True)
class ProcedureCancelled(ProcedureFact):
    """A human gave it up; steps done stay done."""
