# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q

from archipel.kernel.references import new_public_id


class Space(models.Model):
    """What was opened for an organisation. ``usage_bytes`` and ``health`` are observations with their date, never states."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    organisation = models.ForeignKey(
        "organisations.Organisation", on_delete=models.PROTECT, related_name="+", related_query_name="space"
    )
    service = models.ForeignKey(
        "catalogue.Service", on_delete=models.PROTECT, related_name="+", related_query_name="space"
    )
    agreement = models.ForeignKey(
        "agreements.Agreement", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="space"
    )
    machine = models.ForeignKey(
        "machines.Machine", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="space"
    )
    going_to = models.ForeignKey(
        "machines.Machine", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="space_coming",
        help_text="Where it is being moved: its room is kept there meanwhile.",
    )  # fmt: skip
    client = models.OneToOneField(
        "identity.Client", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="space"
    )
    title = models.CharField(max_length=160)
    connector = models.CharField(max_length=30)
    state = models.CharField(max_length=10)
    quota_bytes = models.BigIntegerField(null=True)
    language = models.CharField(max_length=8, default="fr")
    version = models.CharField(max_length=40, blank=True, help_text="Of its recipe; empty: it has none.")
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    usage_bytes = models.BigIntegerField(null=True)
    usage_files = models.IntegerField(null=True)
    usage_at = models.DateTimeField(null=True)
    healthy = models.BooleanField(null=True)
    health_detail = models.CharField(max_length=200, blank=True)
    online_version = models.CharField(
        max_length=20, blank=True, help_text="Public id of the publication visitors get; empty: the first page."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["opening", "open", "closing", "closed", "deleted"]),
                name="a_space_has_a_known_state",
            ),
            models.CheckConstraint(
                condition=~Q(state="open") | Q(opened_at__isnull=False), name="an_open_space_says_since_when"
            ),
            models.UniqueConstraint(
                fields=["agreement"], condition=Q(agreement__isnull=False), name="an_agreement_opens_one_space"
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state"], name="spaces_of_organisation"),
            models.Index(fields=["state", "created_at"], name="spaces_by_state"),
            models.Index(
                fields=["state", "usage_at", "id"], condition=Q(healthy=False), name="spaces_that_do_not_answer"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class LeftBehind(models.Model):
    """What a space left on a lost machine when it was opened elsewhere from a copy, or deleted; dropped once that machine is back.

    ``data_of``: of when that copy is; None for a space that was deleted, or had moved with all it held.
    """

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="left_behind")
    machine = models.ForeignKey(
        "machines.Machine", on_delete=models.PROTECT, related_name="+", related_query_name="left_behind"
    )
    data_of = models.DateTimeField(null=True)
    since = models.DateTimeField()
    dropped_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["space", "machine"], condition=Q(dropped_at__isnull=True), name="a_space_is_left_behind_once"
            )
        ]
        indexes = [models.Index(fields=["machine"], condition=Q(dropped_at=None), name="left_behind_to_drop")]

    def __str__(self) -> str:
        return f"{self.space_id} on {self.machine_id}"


class SpaceSecret(models.Model):
    """A secret of a space in containers, locked: its database's passphrase, what it signs people in with."""

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="secrets")
    name = models.CharField(max_length=60)
    locked = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["space", "name"], name="a_space_has_a_secret_once")]

    def __str__(self) -> str:
        return self.name


class Address(models.Model):
    """A host name; reserved while a request lives, held by a space, or resting 12 months after the space is deleted."""

    name = models.CharField(max_length=253, unique=True, help_text="Full host name, lower case.")
    space = models.OneToOneField(Space, null=True, on_delete=models.PROTECT, related_name="address")
    reserved_for = models.CharField(max_length=20, blank=True, help_text="Public id of the request that reserved it.")
    rests_until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reserved_for="") | Q(space__isnull=True), name="an_address_is_reserved_or_held"
            ),
            models.CheckConstraint(
                condition=Q(rests_until__isnull=True) | Q(reserved_for=""), name="a_resting_address_is_not_reserved"
            ),
        ]
        indexes = [models.Index(fields=["reserved_for"], name="addresses_by_request")]

    def __str__(self) -> str:
        return self.name


class Hold(models.Model):
    """A reason to hold a space back; the strongest open one applies."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="holds")
    kind = models.CharField(max_length=12)
    effect = models.CharField(max_length=10)
    reason = models.TextField()
    hides = models.BooleanField(
        default=False, help_text="Visitors read that it is worked on, whatever the application itself answers."
    )
    placed_by = models.ForeignKey(
        "identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="hold_placed"
    )
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey(
        "identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="hold_lifted"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["unpaid", "abuse", "own_wish", "maintenance"]), name="a_hold_has_a_known_kind"
            ),
            models.CheckConstraint(
                condition=Q(effect__in=["read_only", "suspended"]), name="a_hold_has_a_known_effect"
            ),
        ]
        indexes = [models.Index(fields=["space", "lifted_at"], name="holds_of_space")]
