# SPDX-License-Identifier: AGPL-3.0-or-later
"""The rows of background work: what is to be delivered, and what strikes at an hour."""

from __future__ import annotations

from django.db import models
from django.db.models import Q


class Job(models.Model):
    """One delivery: a fact for one handler, or one call of a task; ``name`` is the dotted path of what runs.

    A worker holds the row while ``token`` is its own; ``lease_until`` is read by the database's clock, ``due_at`` by
    the kernel's. ``silent`` says the lease lapsed once and its holder has one heartbeat left to answer; ``again``
    that the job was asked for once more while it ran.
    """

    class Kind(models.TextChoices):
        TASK = "task"
        FACT = "fact"

    class State(models.TextChoices):
        PENDING = "pending"
        DONE = "done"
        DEAD = "dead"
        ASIDE = "aside"

    class Problem(models.TextChoices):
        NONE = ""
        LATER = "later"
        REFUSED = "refused"
        ERROR = "error"
        ENDED = "ended"

    kind = models.CharField(max_length=4, choices=Kind)
    name = models.CharField(max_length=200)
    payload = models.JSONField(default=dict)
    queue = models.CharField(max_length=50, default="default")
    priority = models.SmallIntegerField(default=0)
    unique_key = models.CharField(max_length=200, null=True)
    due_at = models.DateTimeField()
    state = models.CharField(max_length=7, choices=State, default=State.PENDING)
    token = models.CharField(max_length=32, default="")
    lease_until = models.DateTimeField(null=True)
    silent = models.BooleanField(default=False)
    again = models.BooleanField(default=False)
    attempts = models.PositiveSmallIntegerField(default=0)
    problem = models.CharField(max_length=7, choices=Problem, default=Problem.NONE)
    last_error = models.TextField(default="")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unique_key"], condition=Q(state="pending"), name="one_pending_job_per_unique_key"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["pending", "done", "dead", "aside"]), name="a_job_is_in_a_known_state"
            ),
            models.CheckConstraint(
                condition=Q(token="") | Q(state="pending", lease_until__isnull=False),
                name="a_held_job_is_pending_and_leased",
            ),
        ]
        indexes = [
            # Partial: a done row leaves all of them, so that claiming never meets the past.
            models.Index(
                fields=["-priority", "due_at", "id"],
                condition=Q(state="pending", token=""),
                name="job_order_of_claiming",
            ),
            models.Index(fields=["due_at"], condition=Q(state="pending", token=""), name="job_first_due"),
            models.Index(fields=["lease_until"], condition=Q(state="pending") & ~Q(token=""), name="job_leases"),
            models.Index(fields=["finished_at"], condition=Q(state="dead"), name="job_dead_oldest_first"),
        ]

    def __str__(self) -> str:
        return f"job {self.pk} {self.name}"


class Periodic(models.Model):
    """When something strikes next; ``rule`` repeats what the code says (``every 300`` seconds, ``daily 03:10``)."""

    name = models.CharField(max_length=100, unique=True)
    handler = models.CharField(max_length=200)
    rule = models.CharField(max_length=40)
    next_due = models.DateTimeField()

    def __str__(self) -> str:
        return self.name
