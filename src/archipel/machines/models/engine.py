# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q


class EngineSeen(models.Model):
    """When the engine last answered, and since when it does not: one row, an observation."""

    answered_at = models.DateTimeField(null=True)
    silent_since = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True, help_text="Why it does not answer, in English.")
    version = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="there_is_one_engine")]

    def __str__(self) -> str:
        return self.version or self.problem
