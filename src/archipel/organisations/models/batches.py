# SPDX-License-Identifier: AGPL-3.0-or-later
"""Imports from the host's former software: files, what they hold cut into parts, problems, and what was done."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from archipel.kernel.references import new_public_id
from archipel.organisations.states import BATCH


class Batch(models.Model):
    """One import. ``summary`` counts what was read and would be done, ``counts`` what was done, by kind and outcome.

    Files, parts, problems and effects are deleted on ``purge_on``; the row stays, without anything personal.
    """

    public_id = models.CharField(max_length=14, unique=True, default=new_public_id, editable=False)
    state = models.CharField(max_length=10, choices=[(state, state) for state in BATCH.states], default="reading")
    state_since = models.DateTimeField()
    created_at = models.DateTimeField()
    started_by = models.ForeignKey(
        "identity.Person",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        related_query_name="batch_started",
    )
    confirmed = models.BooleanField(default=False, help_text="The former software had its addresses confirmed.")
    kind = models.CharField(max_length=20, default="association", help_text="Of organisations whose file says none.")
    applications = models.JSONField(default=list, help_text="Where people have the user names of a directory.")
    summary = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    records = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    mailed_until = models.BigIntegerField(default=0, help_text="Key of the last effect whose person was written to.")
    purge_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=BATCH.states), name="a_batch_is_in_a_known_state"),
            models.CheckConstraint(condition=Q(done__lte=models.F("records")), name="no_more_is_done_than_was_read"),
        ]
        indexes = [models.Index(fields=["-created_at"], name="batches_latest")]

    def __str__(self) -> str:
        return self.public_id


class BatchFile(models.Model):
    """A file as it was given, locked with the host's keys until it is read; how it was read stays."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=120)
    size = models.PositiveIntegerField()
    locked_content = models.TextField(blank=True, help_text="Base64 of the bytes, locked.")
    asked_encoding = models.CharField(max_length=20, blank=True)
    format = models.CharField(max_length=20, blank=True)
    encoding = models.CharField(max_length=20, blank=True)
    separator = models.CharField(max_length=3, blank=True)
    records = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.name


class BatchPart(models.Model):
    """Some hundred records, locked with the host's keys until they are done; ``done`` of them are, in order."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    locked_records = models.TextField(blank=True)
    records = models.PositiveSmallIntegerField()
    done = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "number"], name="a_batch_has_one_part_of_a_number")]


class BatchProblem(models.Model):
    """A line that is left out, or not taken as it stands (``left_out`` False). Its words are made when it is shown."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="problems")
    file = models.CharField(max_length=120)
    line = models.PositiveIntegerField()
    column = models.CharField(max_length=60, blank=True)
    code = models.CharField(max_length=40)
    values = models.JSONField(default=dict)
    left_out = models.BooleanField(default=True)

    class Meta:
        indexes = [models.Index(fields=["batch", "-left_out", "file", "line", "id"], name="problems_of_a_batch")]


class BatchEffect(models.Model):
    """One thing an import made or changed; ``undo`` holds what it takes to undo it, ``kept_because`` why it stays."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="effects")
    kind = models.CharField(max_length=20)
    object_id = models.BigIntegerField(help_text="Key of the row; it may be gone.")
    label = models.CharField(max_length=160, blank=True)
    how = models.CharField(max_length=20)
    undo = models.JSONField(default=dict)
    undone = models.BooleanField(default=False)
    kept_because = models.CharField(max_length=40, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["batch", "undone", "-id"], name="effects_of_a_batch"),
            models.Index(fields=["kind", "object_id"], name="effects_on_an_object"),
        ]
