# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q

from archipel.kernel.references import new_public_id
from archipel.spaces.models.spaces import Space


class Backup(models.Model):
    """One copy of a space in one place, or a try that failed (``problem``); the row outlives its copy for a while.

    ``copy_id`` is the place's own name of it. ``bytes`` and ``files`` are what it restores to, ``added_bytes`` what it cost.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="backups")
    place = models.ForeignKey(
        "machines.BackupPlace", on_delete=models.PROTECT, related_name="+", related_query_name="backup"
    )
    copy_id = models.CharField(max_length=64, blank=True)
    taken_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    bytes = models.BigIntegerField(null=True)
    files = models.IntegerField(null=True)
    added_bytes = models.BigIntegerField(null=True)
    problem = models.CharField(max_length=200, blank=True)
    dropped_at = models.DateTimeField(null=True, help_text="When the copy was deleted in its place.")

    restored_at = models.DateTimeField(null=True, help_text="When its space was last restored from it.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(copy_id="") | Q(finished_at__isnull=False), name="a_copy_that_exists_is_finished"
            ),
            models.UniqueConstraint(fields=["space", "place", "taken_at"], name="a_space_is_copied_once_at_an_instant"),
        ]
        indexes = [
            models.Index(fields=["space", "-taken_at"], name="backups_of_space"),
            models.Index(fields=["place", "copy_id"], name="backups_in_place"),
            models.Index(
                fields=["finished_at"], condition=Q(copy_id="") | ~Q(dropped_at=None), name="backups_to_forget"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.public_id} {self.taken_at:%Y-%m-%d}"


class LastCopy(models.Model):
    """What a place last kept of a space: of when its last good copy is, why the last try failed, how the last drill went."""

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="last_copies")
    place = models.ForeignKey(
        "machines.BackupPlace", on_delete=models.PROTECT, related_name="+", related_query_name="last_copy"
    )
    fresh_at = models.DateTimeField(help_text="Of when its last good copy is; before the first, since when one is due.")
    taken_at = models.DateTimeField(null=True)
    tried_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True)
    drilled_at = models.DateTimeField(null=True)
    drill_ok = models.BooleanField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["space", "place"], name="a_place_last_kept_one_copy")]
        indexes = [
            models.Index(fields=["place", "fresh_at"], name="last_copies_by_age"),
            models.Index(fields=["drilled_at", "id"], condition=Q(taken_at__isnull=False), name="last_copies_to_drill"),
        ]

    def __str__(self) -> str:
        return f"{self.space_id} in {self.place_id}"


class Drill(models.Model):
    """A back-up restored into a scratch place to see whether it would save us. ``ok`` is null while it runs, and where it was given up.

    ``seconds`` counts from the first step to the last; ``opened`` says that a scratch space was opened from it as well.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    backup = models.ForeignKey(Backup, on_delete=models.PROTECT, related_name="drills")
    at = models.DateTimeField()
    weekly = models.BooleanField(default=False, help_text="Chosen by lot for its week; else at somebody's wish.")
    finished_at = models.DateTimeField(null=True)
    ok = models.BooleanField(null=True)
    seconds = models.FloatField(null=True)
    files = models.IntegerField(null=True, help_text="How many files were compared with their SHA-256.")
    opened = models.BooleanField(default=False)
    detail = models.CharField(max_length=300, blank=True)
    seen_at = models.DateTimeField(null=True, help_text="When a human said that a failed one was seen to.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ok__isnull=True) | Q(finished_at__isnull=False), name="a_drill_with_a_result_is_finished"
            )
        ]
        indexes = [
            models.Index(fields=["weekly", "-at"], name="drills_newest_first"),
            models.Index(fields=["at"], condition=Q(ok=False, seen_at=None), name="drills_that_failed"),
        ]

    def __str__(self) -> str:
        return self.public_id
