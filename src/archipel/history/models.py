# SPDX-License-Identifier: AGPL-3.0-or-later
"""What happened, as rows that outlive what they are about."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Entry(models.Model):
    """Who did ``what`` (a stable code) about which object; ids are public ids of the apps above, labels as they were.

    An empty actor is Archipel itself. ``details`` fills the sentence of the code.
    """

    class VisibleTo(models.TextChoices):
        ORGANISATION = "organisation"
        HOST = "host"

    at = models.DateTimeField()
    what = models.CharField(max_length=60)
    organisation_id = models.CharField(max_length=40, default="", blank=True)
    actor_id = models.CharField(max_length=40, default="", blank=True)
    actor_label = models.CharField(max_length=200, default="", blank=True)
    about_kind = models.CharField(max_length=40)
    about_id = models.CharField(max_length=40)
    about_label = models.CharField(max_length=200, default="", blank=True)
    details = models.JSONField(default=dict)
    visible_to = models.CharField(max_length=12, choices=VisibleTo)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(visible_to__in=["organisation", "host"]), name="an_entry_is_visible_to_somebody"
            ),
        ]
        indexes = [
            # Every page is read backwards from one of these, without counting: fast with a million rows.
            models.Index(fields=["organisation_id", "-at", "-id"], name="entry_of_an_organisation"),
            models.Index(fields=["about_kind", "about_id", "-at", "-id"], name="entry_of_an_object"),
            models.Index(fields=["-at", "-id"], name="entry_latest"),
            models.Index(fields=["actor_id", "-at", "-id"], name="entry_of_an_actor"),
        ]

    def __str__(self) -> str:
        return f"{self.what} {self.about_kind} {self.about_id}"
