# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from archipel.outbox.facts import Fact


@dataclass(frozen=True)
class AgreementAgreed(Fact):
    """A referent agreed to the lines and terms; ids are public, ``about`` is what the agreement was proposed for."""

    version: ClassVar[int] = 1
    agreement_id: str
    about_kind: str
    about_id: str


@dataclass(frozen=True)
class AgreementEnded(Fact):
    """An agreement in force came to its end."""

    version: ClassVar[int] = 1
    agreement_id: str
    about_kind: str
    about_id: str
