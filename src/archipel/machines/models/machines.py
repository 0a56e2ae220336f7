# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from archipel.kernel.references import new_public_id


class Ownership(models.TextChoices):
    OURS = "ours", _("Ours")
    LENT = "lent", _("Lent to us")
    RENTED = "rented", _("Rented")


class Site(models.Model):
    """A place where machines stand: a room, a data centre, somebody's cellar. ``country`` is ISO 3166-1 alpha-2."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    name = models.CharField(max_length=100, unique=True)
    country = models.CharField(max_length=2)
    run_by = models.CharField(max_length=120, blank=True, help_text="Who runs the place; empty: the host itself.")

    def __str__(self) -> str:
        return self.name


class Machine(models.Model):
    """A machine, seen by the engine (``node_id``) or declared by a human. What was seen is an observation with its date.

    ``draining`` is what the host wants: nothing new there, and what can move moves away; ``drain_all``: at once, although
    spaces that live there stop. ``availability`` is what the engine was last seen doing about it, ``asked_at`` when it
    was last told. ``silent_since``: the engine says it does not answer; ``lost_at``: it did not for long. ``labels`` are
    the host's words for placement, ``labels_pushed`` those the engine has. Sizes are bytes.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    name = models.CharField(max_length=100, unique=True, help_text="Host name, as the engine knows it.")
    site = models.ForeignKey(Site, null=True, blank=True, on_delete=models.PROTECT, related_name="machines")
    ownership = models.CharField(max_length=8, choices=Ownership.choices, default=Ownership.OURS)
    owner = models.CharField(max_length=120, blank=True, help_text="Whose it is, when it is lent or rented.")
    note = models.TextField(blank=True)
    labels = models.JSONField(default=dict, blank=True)
    labels_pushed = models.JSONField(default=dict, blank=True)
    keeps_websites = models.BooleanField(default=False, help_text="Archipel's own store of websites stands here.")
    draining = models.BooleanField(default=False)
    drain_all = models.BooleanField(default=False)
    node_id = models.CharField(max_length=40, blank=True, help_text="The engine's id; empty: not in the engine.")
    availability = models.CharField(max_length=8, blank=True, help_text="As the engine was last seen; empty: never.")
    asked_at = models.DateTimeField(null=True, blank=True)
    manager = models.BooleanField(default=False)
    address = models.CharField(max_length=64, blank=True)
    cpus = models.FloatField(null=True, blank=True)
    memory_bytes = models.BigIntegerField(null=True, blank=True)
    disk_bytes = models.BigIntegerField(null=True, blank=True)
    disk_free_bytes = models.BigIntegerField(null=True, blank=True)
    disk_at = models.DateTimeField(null=True, blank=True, help_text="When the disk was last measured.")
    engine_version = models.CharField(max_length=40, blank=True)
    seen_at = models.DateTimeField(null=True, blank=True, help_text="When the engine last said it answers.")
    silent_since = models.DateTimeField(null=True, blank=True)
    lost_at = models.DateTimeField(null=True, blank=True)
    retired_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(ownership__in=Ownership.values), name="a_machine_has_a_known_ownership"),
            models.CheckConstraint(
                condition=Q(ownership="ours") | ~Q(owner=""), name="a_machine_of_others_says_whose_it_is"
            ),
            models.CheckConstraint(
                condition=Q(lost_at__isnull=True) | Q(silent_since__isnull=False), name="a_lost_machine_says_since_when"
            ),
            models.CheckConstraint(
                condition=Q(drain_all=False) | Q(draining=True), name="a_machine_stops_all_only_while_it_drains"
            ),
            models.UniqueConstraint(fields=["node_id"], condition=~Q(node_id=""), name="a_node_is_one_machine"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def in_engine(self) -> bool:
        """Say whether the engine knows it."""
        return bool(self.node_id)

    @property
    def whose(self) -> str:
        """Return whose it is: empty when it is the host's own."""
        return "" if self.ownership == Ownership.OURS else self.owner
