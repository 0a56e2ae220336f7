# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tell in time that a space fills up: once at 75 % of its room, once at 100 %. A missing measure tells and blocks nothing."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction

from archipel.host import queries as host
from archipel.kernel import clock
from archipel.mailing import operations as mailing
from archipel.organisations.queries import referents_of
from archipel.spaces.levels import LEVELS, levels_left, levels_reached
from archipel.spaces.models import Space, UsageWarning
from archipel.spaces.moves import locked, record

# Crossed again within these days, it is noted and shown, and nobody is written to.
QUIET = timedelta(days=7)


def note_usage(*, space: Space) -> list[int]:
    """Compare what a space uses with its room and write to its referents about a level it went above; return the levels crossed.

    Of two crossed at once the higher one is told. Repeatable: what was told is not told again until it was left.
    """
    with transaction.atomic():
        space = locked(space)
        crossed = {row.level: row for row in UsageWarning.objects.filter(space=space, cleared_at=None)}
        left = [row.pk for level, row in crossed.items() if level in levels_left(space.usage_bytes, space.quota_bytes)]
        UsageWarning.objects.filter(pk__in=left).update(cleared_at=clock.now())
        new = sorted(levels_reached(space.usage_bytes, space.quota_bytes) - crossed.keys())
        for level in new:
            told = level == new[-1] and not _told_lately(space, level)
            row = UsageWarning.objects.create(
                space=space, level=level, crossed_at=clock.now(), told_at=clock.now() if told else None
            )
            record("space.filling_up", space, level=level)
            if told:
                _tell(space, row)
    return new


def _told_lately(space: Space, level: int) -> bool:
    return UsageWarning.objects.filter(space=space, level=level, told_at__gte=clock.now() - QUIET).exists()


def _tell(space: Space, row: UsageWarning) -> None:
    portal = host.current().portal_url
    for person in referents_of(space.organisation):
        mailing.send(
            name="spaces/filling_up",
            to=person.email,
            to_name=person.name,
            language=person.language,
            context={
                "name": person.name,
                "space": space,
                "full": row.level == LEVELS[-1],
                "used": space.usage_bytes,
                "room": space.quota_bytes,
                "page_url": f"{portal}/spaces/{space.public_id}/",
            },
        )
