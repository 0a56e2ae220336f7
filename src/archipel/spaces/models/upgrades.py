# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q

from archipel.kernel.references import new_public_id
from archipel.spaces.models.spaces import Space


class UpgradeRound(models.Model):
    """The upgrade of every space of a service, some at a time; it stops at the first that had to return."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    service = models.ForeignKey(
        "catalogue.Service", on_delete=models.PROTECT, related_name="+", related_query_name="upgrade_round"
    )
    to_version = models.CharField(max_length=40)
    at_once = models.PositiveSmallIntegerField()
    asked_by = models.ForeignKey(
        "identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="upgrade_round"
    )
    asked_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, help_text="One space returned to its former version.")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service"], condition=Q(ended_at__isnull=True), name="a_service_has_one_round_of_upgrades"
            ),
            models.CheckConstraint(condition=Q(at_once__gt=0), name="a_round_upgrades_at_least_one_space_at_once"),
        ]


class Upgrade(models.Model):
    """One space put to another version of its recipe, or returned to the former one with the reason."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="upgrades")
    round = models.ForeignKey(UpgradeRound, null=True, on_delete=models.PROTECT, related_name="upgrades")
    from_version = models.CharField(max_length=40)
    to_version = models.CharField(max_length=40)
    state = models.CharField(max_length=10)
    reason = models.CharField(max_length=500, blank=True, help_text="Why it returned, as the application said it.")
    asked_by = models.ForeignKey(
        "identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="upgrade_asked"
    )
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True, help_text="When somebody of the host took note of a return.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["running", "done", "returned", "given_up"]), name="an_upgrade_has_a_known_state"
            ),
            models.UniqueConstraint(
                fields=["space"], condition=Q(state="running"), name="a_space_is_upgraded_once_at_a_time"
            ),
        ]
        indexes = [
            models.Index(
                fields=["ended_at"], condition=Q(state="returned", seen_at=None), name="upgrades_that_returned"
            )
        ]


class Restoration(models.Model):
    """A bundle that was brought back, to be put into a space. ``origin`` says of which space and host it came from.

    ``problem`` is the code of what refused it, ``about`` what that concerns (a path). ``people`` counts who was linked.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="restorations")
    state = models.CharField(max_length=10)
    asked_by = models.ForeignKey(
        "identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="restoration_asked"
    )
    asked_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    size = models.BigIntegerField()
    origin = models.JSONField(default=dict)
    with_people = models.BooleanField(default=True, help_text="People of the bundle are let in or invited.")
    people = models.JSONField(default=dict)
    problem = models.CharField(max_length=40, blank=True)
    about = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "running", "done", "refused"]), name="a_restoration_has_a_known_state"
            ),
            models.UniqueConstraint(
                fields=["space"],
                condition=Q(state__in=["waiting", "running"]),
                name="a_space_is_restored_once_at_a_time",
            ),
        ]
