# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q

from archipel.kernel.references import new_public_id
from archipel.spaces.models.spaces import Space


class UsageWarning(models.Model):
    """A level of the room, in percent, that a space went above: told once, until it is well below again."""

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="usage_warnings")
    level = models.PositiveSmallIntegerField()
    crossed_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True, help_text="When its referents were written to; empty: they knew enough.")
    cleared_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["space", "level"],
                condition=Q(cleared_at__isnull=True),
                name="a_level_is_crossed_once_until_it_is_cleared",
            ),
            models.CheckConstraint(condition=Q(level__in=[75, 100]), name="a_usage_warning_has_a_known_level"),
        ]
        indexes = [
            models.Index(fields=["crossed_at"], condition=Q(cleared_at=None, level=100), name="spaces_that_are_full")
        ]


class SpaceDrift(models.Model):
    """What runs for a space is not what should: a human adopts or repairs it.

    ``differences``: for each thing what is ``here`` and what is ``there``. ``repair_asked_at``: the worker is at it.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    space = models.OneToOneField(Space, on_delete=models.PROTECT, related_name="drift")
    missing = models.BooleanField(default=False, help_text="Nothing of it runs any more.")
    differences = models.JSONField(default=dict)
    since = models.DateTimeField()
    repair_asked_at = models.DateTimeField(null=True, blank=True)
    problem = models.CharField(max_length=200, blank=True, help_text="Why the last repair did not succeed.")

    class Meta:
        indexes = [models.Index(fields=["since", "id"], name="space_drifts_oldest_first")]
