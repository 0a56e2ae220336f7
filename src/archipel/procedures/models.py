# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recorded runs and their steps."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from archipel.kernel.references import new_public_id
from archipel.procedures.states import DONE, PROCEDURE, RUNNING, UNFINISHED


class Procedure(models.Model):
    """One run of the steps of ``kind`` for one object; ids of objects, organisations and persons are public ids."""

    public_id = models.CharField(max_length=14, unique=True, default=new_public_id)
    kind = models.CharField(max_length=60)
    about_kind = models.CharField(max_length=40)
    about_id = models.CharField(max_length=40)
    organisation_id = models.CharField(max_length=40, default="", blank=True)
    title = models.CharField(max_length=200)
    context = models.JSONField(default=dict)
    started_by = models.CharField(max_length=40, default="", blank=True)
    state = models.CharField(max_length=9, choices=[(state, state) for state in PROCEDURE.states], default=RUNNING)
    state_since = models.DateTimeField()
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "about_kind", "about_id"],
                condition=Q(state__in=UNFINISHED),
                name="one_unfinished_procedure_of_a_kind_per_object",
            ),
            models.CheckConstraint(condition=Q(state__in=PROCEDURE.states), name="a_procedure_is_in_a_known_state"),
            models.CheckConstraint(
                condition=Q(state__in=UNFINISHED, finished_at__isnull=True)
                | (~Q(state__in=UNFINISHED) & Q(finished_at__isnull=False)),
                name="a_procedure_has_an_end_when_finished",
            ),
        ]
        indexes = [
            models.Index(fields=["about_kind", "about_id", "-created_at"], name="procedure_of_an_object"),
            models.Index(fields=["state", "state_since"], name="procedure_of_a_state"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.public_id}"


class Step(models.Model):
    """One step of a run. ``token`` fences its result: who lost the step in the meantime records nothing.

    ``attempts`` counts runs since the last resume, ``errors`` those of them that ended by a bug or a dead worker.
    """

    class State(models.TextChoices):
        TODO = "todo"
        NOW = "now"
        DONE = "done"

    procedure = models.ForeignKey(Procedure, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=60)
    state = models.CharField(max_length=4, choices=State, default=State.TODO)
    token = models.CharField(max_length=32, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    errors = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    next_try_at = models.DateTimeField(null=True)
    problem_code = models.CharField(max_length=40, default="")
    problem = models.TextField(default="")
    result = models.JSONField(null=True)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["procedure", "position"], name="one_step_per_position_of_a_procedure"),
            models.UniqueConstraint(fields=["procedure", "name"], name="one_step_per_name_of_a_procedure"),
            models.CheckConstraint(
                condition=Q(state=DONE, finished_at__isnull=False) | (~Q(state=DONE) & Q(finished_at__isnull=True)),
                name="a_step_has_an_end_when_done",
            ),
            models.CheckConstraint(condition=Q(errors__lte=F("attempts")), name="no_more_errors_than_attempts"),
        ]

    def __str__(self) -> str:
        return f"{self.position} {self.name}"
