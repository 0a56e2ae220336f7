# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q

from archipel.kernel.references import new_public_id
from archipel.spaces.models.spaces import Space


class Publication(models.Model):
    """One act of putting a version of a website online: by whom, from where (kept one year, then purged)."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="publications")
    state = models.CharField(max_length=10)
    means = models.CharField(max_length=8, help_text="zip, folder, api or restore")
    person = models.ForeignKey(
        "identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="publication"
    )
    from_address = models.GenericIPAddressField(null=True)
    from_port = models.PositiveIntegerField(null=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    files = models.IntegerField(null=True)
    bytes = models.BigIntegerField(null=True)
    restores = models.CharField(max_length=20, blank=True, help_text="Version id put online again.")
    number = models.PositiveIntegerField(
        null=True, help_text="Counts the versions of a space; null for what never went online and for restores."
    )
    kept = models.BooleanField(default=False, help_text="The store still holds this version.")
    refusal = models.CharField(max_length=20, blank=True, help_text="Code of ``ports.PUBLISH_CODES``.")
    refused_detail = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["receiving", "online", "replaced", "refused", "abandoned"]),
                name="a_publication_has_a_known_state",
            ),
            models.CheckConstraint(
                condition=Q(means__in=["zip", "folder", "api", "restore"]), name="a_publication_has_known_means"
            ),
            models.UniqueConstraint(
                fields=["space", "number"], condition=Q(number__isnull=False), name="a_version_has_its_own_number"
            ),
        ]
        indexes = [
            models.Index(fields=["space", "-started_at"], name="publications_of_space"),
            models.Index(fields=["started_at"], condition=Q(state="receiving"), name="publications_under_way"),
            models.Index(
                fields=["started_at"], condition=Q(from_address__isnull=False), name="publications_with_a_trace"
            ),
        ]
