# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models

from archipel.organisations.models.organisations import Organisation


class FormerReference(models.Model):
    """What an organisation was called by in the host's former software: a second import finds it again by this."""

    reference = models.CharField(max_length=255, unique=True)
    organisation = models.ForeignKey(Organisation, on_delete=models.CASCADE, related_name="former_references")
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.reference
