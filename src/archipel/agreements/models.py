# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q

from archipel.kernel.references import new_public_id


class Agreement(models.Model):
    """What an organisation agrees to: lines, dated terms, referent; its life outlasts the request (``about``)."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    organisation = models.ForeignKey(
        "organisations.Organisation", on_delete=models.PROTECT, related_name="+", related_query_name="agreement"
    )
    service = models.ForeignKey(
        "catalogue.Service", on_delete=models.PROTECT, related_name="+", related_query_name="agreement"
    )
    tier = models.ForeignKey(
        "catalogue.Tier", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="agreement"
    )
    terms = models.ForeignKey(
        "catalogue.Terms", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="agreement"
    )
    about_kind = models.CharField(max_length=30)
    about_id = models.CharField(max_length=20)
    referent_email = models.EmailField()
    referent_name = models.CharField(max_length=120)
    language = models.CharField(max_length=8, default="fr", help_text="Language it was proposed in.")
    state = models.CharField(max_length=12)
    token_digest = models.CharField(
        max_length=64, unique=True, help_text="Of the link by which the referent reads and agrees."
    )
    proposed_at = models.DateTimeField()
    agreed_at = models.DateTimeField(null=True)
    agreed_by = models.ForeignKey(
        "identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="agreement"
    )
    agreed_from = models.GenericIPAddressField(null=True, help_text="Proof of the agreement, purged after a year.")
    starts_on = models.DateField(null=True)
    ends_on = models.DateField(null=True, help_text="First day no longer covered.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["proposed", "agreed", "withdrawn", "ended"]),
                name="an_agreement_has_a_known_state",
            ),
            models.CheckConstraint(
                condition=~Q(state="agreed") | Q(agreed_at__isnull=False, starts_on__isnull=False),
                name="an_agreed_agreement_says_when",
            ),
            models.UniqueConstraint(
                fields=["about_kind", "about_id"],
                condition=Q(state__in=["proposed", "agreed"]),
                name="one_live_agreement_per_subject",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state"], name="agreements_of_organisation"),
            models.Index(fields=["referent_email", "state"], name="agreements_of_referent"),
        ]


class Line(models.Model):
    """One thing that will be paid, a year, in cents; frozen when agreed."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="lines")
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=12, help_text="membership or service")
    labels = models.JSONField(help_text="Language code → label.")
    cents = models.PositiveIntegerField()
    level = models.CharField(max_length=12, blank=True, help_text="full, reduced, free, sustaining, own, included")
    full_cents = models.PositiveIntegerField(null=True, help_text="The full price, to show what solidarity covers.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agreement", "position"], name="lines_of_an_agreement_have_an_order"),
            models.CheckConstraint(condition=Q(kind__in=["membership", "service"]), name="a_line_has_a_known_kind"),
        ]
        ordering = ["position"]
