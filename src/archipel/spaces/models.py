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
    language = models.CharField(max_length=8, default="fr", help_text="Language of the answer to who reported.")
    received_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        "identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="report_decided"
    )
    decision = models.CharField(max_length=12, blank=True)
    reasons = models.TextField(blank=True, help_text="Facts and circumstances the decision rests on.")
    ground_kind = models.CharField(max_length=8, blank=True, help_text="law or terms")
    ground = models.TextField(blank=True, help_text="The rule, and why the content goes against it.")
    hold = models.ForeignKey(Hold, null=True, on_delete=models.PROTECT, related_name="+", related_query_name="report")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(decision__in=["", "nothing", "read_only", "suspended", "removed"]),
                name="a_report_has_a_known_decision",
            ),
            models.CheckConstraint(
                condition=Q(decision="") | Q(decided_at__isnull=False), name="a_decided_report_says_when"
            ),
        ]
        indexes = [models.Index(fields=["received_at"], condition=Q(decision=""), name="reports_to_decide")]
