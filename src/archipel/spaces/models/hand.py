# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from archipel.kernel.references import new_public_id
from archipel.spaces.models.spaces import Space


class Moment(models.TextChoices):
    OPENING = "opening", _("Opening")
    DELETION = "deletion", _("Deletion")


class HandStep(models.Model):
    """One thing a person does for a space that no connector opens, as the service said when it began."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="hand_steps")
    moment = models.CharField(max_length=10, choices=Moment.choices)
    position = models.PositiveSmallIntegerField()
    words = models.CharField(max_length=300)
    done_at = models.DateTimeField(null=True)
    done_by = models.ForeignKey(
        "identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="hand_step"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["space", "moment", "position"], name="hand_steps_have_an_order"),
            models.CheckConstraint(condition=Q(moment__in=Moment.values), name="a_hand_step_has_a_known_moment"),
        ]

    def __str__(self) -> str:
        return self.words
