# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the machines say of spaces and a human of the host looks at: upgrades that returned, drifts, spaces that are full."""

from __future__ import annotations

from django.utils.translation import gettext as _

from archipel.kernel.today import TodayLine
from archipel.spaces.models import SpaceDrift, Upgrade, UsageWarning


def watched_lines(limit: int) -> list[TodayLine]:
    """Return the lines of Today, each kind oldest first."""
    return [*_returned(limit), *_drifted(limit), *_full(limit)]


def _returned(limit: int) -> list[TodayLine]:
    rows = Upgrade.objects.filter(state="returned", seen_at=None).select_related("space").order_by("ended_at", "pk")
    return [
        TodayLine(
            since=row.ended_at or row.asked_at,
            kind="upgrade",
            badge=_("Returned"),
            title=_("“%(title)s” is back at version %(version)s")
            % {"title": row.space.title, "version": row.from_version},
            detail=row.reason,
            act=_("Look at it"),
            url=f"/desk/spaces/{row.space.public_id}/running/",
            verb="operate",
            tone="care",
            public_id=row.public_id,
        )
        for row in rows[:limit]
    ]


def _drifted(limit: int) -> list[TodayLine]:
    rows = SpaceDrift.objects.filter(repair_asked_at=None).select_related("space").order_by("since", "pk")
    return [
        TodayLine(
            since=row.since,
            kind="drift",
            badge=_("Differs"),
            title=_("What runs for “%(title)s” is not what should") % {"title": row.space.title},
            detail=row.problem or (_("Nothing of it runs any more.") if row.missing else ""),
            act=_("Adopt or repair"),
            url=f"/desk/spaces/{row.space.public_id}/drift/",
            verb="operate",
            tone="stop" if row.missing else "care",
            public_id=row.public_id,
        )
        for row in rows[:limit]
    ]


def _full(limit: int) -> list[TodayLine]:
    rows = UsageWarning.objects.filter(level=100, cleared_at=None, space__state="open").select_related("space")
    return [
        TodayLine(
            since=row.crossed_at,
            kind="space",
            badge=_("Full"),
            title=_("“%(title)s” holds more than its room") % {"title": row.space.title},
            detail="",
            act=_("Look at it"),
            url=f"/desk/spaces/{row.space.public_id}/",
            verb="operate",
            tone="care",
            public_id=row.space.public_id,
        )
        for row in rows.order_by("crossed_at", "pk")[:limit]
    ]
