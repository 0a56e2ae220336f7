# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q

from archipel.kernel.references import new_public_id
from archipel.spaces.models.spaces import Hold, Space


class Report(models.Model):
    """A notice about a hosted site (DSA art. 16), its decision and statement of reasons (art. 17)."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="reports")
    address = models.CharField(max_length=500, help_text="The exact page.")
    category = models.CharField(max_length=20)
    explanation = models.TextField()
    reporter_name = models.CharField(max_length=120, blank=True)
    reporter_email = models.EmailField(blank=True)
    good_faith = models.BooleanField()
    language = models.CharField(max_length=8, default="fr", help_text="Language of the answer to who reported.")
    received_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        "identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="report_decided"
    )
    decision = models.CharField(max_length=12, blank=True)
    reasons = models.TextField(blank=True, help_text="Facts and circumstances the decision rests on.")
    ground_kind = models.CharField(max_length=8, blank=True, help_text="law or terms")
    ground = models.TextField(blank=True, help_text="The rule, and why the content goes against it.")
    hold = models.ForeignKey(Hold, null=True, on_delete=models.PROTECT, related_name="+", related_query_name="report")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decision__in=["", "nothing", "read_only", "suspended", "removed"]),
                name="a_report_has_a_known_decision",
            ),
            models.CheckConstraint(
                condition=Q(decision="") | Q(decided_at__isnull=False), name="a_decided_report_says_when"
            ),
        ]
        indexes = [models.Index(fields=["received_at"], condition=Q(decision=""), name="reports_to_decide")]
