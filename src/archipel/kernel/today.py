# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a line of Today is: every app answers its own, the portal shows them oldest first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


@dataclass(frozen=True)
class TodayLine:
    """One thing that needs a human of the host, with its one next act.

    ``kind`` groups (request, opening, mail, space, agreement …), ``badge`` is the translated word of the buoy,
    ``tone`` its shape, ``url`` where the act is done, ``verb`` the right of the desk needed to see it.
    """

    since: datetime
    kind: str
    badge: str
    title: str
    detail: str
    act: str
    url: str
    verb: str
    tone: Literal["", "ok", "care", "stop", "now"] = ""
    public_id: str = ""


@dataclass(frozen=True)
class ExpectedLine:
    """One thing expected of a person, shown on their portal."""

    since: datetime
    title: str
    detail: str
    act: str
    url: str
