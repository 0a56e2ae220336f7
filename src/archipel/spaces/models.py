# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q

from archipel.kernel.references import new_public_id


class Space(models.Model):
    """What was opened for an organisation. ``usage_bytes`` and ``health`` are observations with their date, never states."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    organisation = models.ForeignKey("organisations.Organisation", on_delete=models.PROTECT, related_name="+", related_query_name="space")
    service = models.ForeignKey("catalogue.Service", on_delete=models.PROTECT, related_name="+", related_query_name="space")
    agreement = models.ForeignKey("agreements.Agreement", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="space")
    title = models.CharField(max_length=160)
    connector = models.CharField(max_length=30)
    state = models.CharField(max_length=10)
    quota_bytes = models.BigIntegerField(null=True)
    language = models.CharField(max_length=8, default="fr")
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True)
    usage_bytes = models.BigIntegerField(null=True)
    usage_files = models.IntegerField(null=True)
    usage_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["opening", "open", "closing", "closed", "deleted"]), name="a_space_has_a_known_state"),
            models.CheckConstraint(condition=~Q(state="open") | Q(opened_at__isnull=False), name="an_open_space_says_since_when"),
            models.UniqueConstraint(fields=["agreement"], condition=Q(agreement__isnull=False), name="an_agreement_opens_one_space"),
        ]
        indexes = [
            models.Index(fields=["organisation", "state"], name="spaces_of_organisation"),
            models.Index(fields=["state", "created_at"], name="spaces_by_state"),
        ]

    def __str__(self) -> str:
        return self.title


class Address(models.Model):
    """A host name; reserved while a request lives, held by a space, or resting 12 months after the space is deleted."""

    name = models.CharField(max_length=253, unique=True, help_text="Full host name, lower case.")
    space = models.OneToOneField(Space, null=True, on_delete=models.PROTECT, related_name="address")
    reserved_for = models.CharField(max_length=20, blank=True, help_text="Public id of the request that reserved it.")
    rests_until = models.DateField(null=True)


class Hold(models.Model):
    """A reason to hold a space back; the strongest open one applies."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="holds")
    kind = models.CharField(max_length=12)
    effect = models.CharField(max_length=10)
    reason = models.TextField()
    placed_by = models.ForeignKey("identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="hold_placed")
    since = models.DateTimeField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.ForeignKey("identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="hold_lifted")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["unpaid", "abuse", "own_wish", "maintenance"]), name="a_hold_has_a_known_kind"),
            models.CheckConstraint(condition=Q(effect__in=["read_only", "suspended"]), name="a_hold_has_a_known_effect"),
        ]


class Publication(models.Model):
    """One act of putting a version of a website online: by whom, from where (kept one year, then purged)."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="publications")
    state = models.CharField(max_length=10)
    means = models.CharField(max_length=8, help_text="zip, folder, api or restore")
    person = models.ForeignKey("identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="publication")
    from_address = models.GenericIPAddressField(null=True)
    from_port = models.PositiveIntegerField(null=True)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    files = models.IntegerField(null=True)
    bytes = models.BigIntegerField(null=True)
    restores = models.CharField(max_length=20, blank=True, help_text="Version id put online again.")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["receiving", "online", "replaced", "refused", "abandoned"]), name="a_publication_has_a_known_state"),
        ]
        indexes = [models.Index(fields=["space", "-started_at"], name="publications_of_space")]


class Export(models.Model):
    """An export bundle: a zip with manifest and checksums, kept for a while for the organisation to fetch."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="exports")
    asked_by = models.ForeignKey("identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="export_asked")
    asked_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True)
    size = models.BigIntegerField(null=True)
    sha256 = models.CharField(max_length=64, blank=True)
    expires_on = models.DateField(null=True)


class Closing(models.Model):
    """The end of a space: asked, exported, delayed, deleted by two persons, proved."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    space = models.OneToOneField(Space, on_delete=models.PROTECT, related_name="closing")
    asked_by = models.ForeignKey("identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="closing_asked")
    asked_at = models.DateTimeField()
    reason = models.TextField(blank=True)
    delete_after = models.DateField()
    first_confirmed_by = models.ForeignKey("identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="deletion_first")
    first_confirmed_at = models.DateTimeField(null=True)
    second_confirmed_by = models.ForeignKey("identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="deletion_second")
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
        ]


class Report(models.Model):
    """A notice about a hosted site (DSA art. 16), its decision and statement of reasons (art. 17)."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="reports")
    address = models.CharField(max_length=500, help_text="The exact page.")
    category = models.CharField(max_length=20)
    explanation = models.TextField()
    reporter_name = models.CharField(max_length=120, blank=True)
    reporter_email = models.EmailField(blank=True)
    good_faith = models.BooleanField()
    received_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="report_decided")
    decision = models.CharField(max_length=12, blank=True)
    reasons = models.TextField(blank=True)
    hold = models.ForeignKey(Hold, null=True, on_delete=models.PROTECT, related_name="+", related_query_name="report")

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(decision__in=["", "nothing", "read_only", "suspended", "removed"]), name="a_report_has_a_known_decision"),
        ]
