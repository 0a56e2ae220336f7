# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q

from archipel.kernel.references import new_public_id
from archipel.spaces.models.spaces import Space


class Export(models.Model):
    """An export bundle: a zip with manifest and checksums, kept for a while for the organisation to fetch."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="exports")
    asked_by = models.ForeignKey(
        "identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="export_asked"
    )
    asked_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    size = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    expires_on = models.DateField(null=True)
    removed_at = models.DateTimeField(null=True, help_text="When the bundle was deleted; the row stays.")


class Closing(models.Model):
    """The end of a space: asked, exported, delayed, deleted by two persons, proved."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="closings")
    export = models.ForeignKey(
        Export, null=True, on_delete=models.PROTECT, related_name="+", related_query_name="closing"
    )
    asked_by = models.ForeignKey(
        "identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="closing_asked"
    )
    asked_at = models.DateTimeField()
    reason = models.TextField(blank=True)
    delete_after = models.DateField()
    first_confirmed_by = models.ForeignKey(
        "identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="deletion_first"
    )
    first_confirmed_at = models.DateTimeField(null=True)
    second_confirmed_by = models.ForeignKey(
        "identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="deletion_second"
    )
    second_confirmed_at = models.DateTimeField(null=True)
    deleted_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    proof = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(second_confirmed_by__isnull=True) | ~Q(second_confirmed_by=models.F("first_confirmed_by")),
                name="deletion_is_confirmed_by_two_persons",
            ),
            models.UniqueConstraint(
                fields=["space"], condition=Q(cancelled_at__isnull=True), name="a_space_closes_once"
            ),
        ]
