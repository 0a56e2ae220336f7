# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q

from archipel.kernel.references import new_public_id
from archipel.spaces.models.spaces import Space

# Names that lead to their space, and that no other may have: those that work, or did until their records changed.
HELD = Q(state__in=["enabled", "action_required"], enabled_at__isnull=False)


class Domain(models.Model):
    """A name of an organisation's own that leads to a space. Removed ones stay: whose name it was tells who must prove it."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="domains")
    name = models.CharField(max_length=253, help_text="As the DNS writes it: lower case, IDNA.")
    registrable = models.CharField(max_length=253, help_text="The part that somebody registers.")
    state = models.CharField(max_length=16)
    main = models.BooleanField(default=False, help_text="Visitors are led to this one while it is enabled.")
    secret = models.CharField(
        max_length=32, help_text="What the TXT record says; public, but told to one organisation."
    )
    proof_needed = models.BooleanField(default=False, help_text="Another organisation had a name of this domain here.")
    observed = models.JSONField(default=dict, help_text="Values seen at the last check, by record type.")
    wanted = models.JSONField(
        default=dict, help_text="Addresses of the space itself at the last check, by record type."
    )
    problem = models.CharField(max_length=20, blank=True, help_text="Code of ``domain_words.PROBLEMS``.")
    problem_about = models.CharField(max_length=300, blank=True)
    added_by = models.ForeignKey(
        "identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="domain_added"
    )
    added_at = models.DateTimeField()
    since = models.DateTimeField(help_text="When it came to its state.")
    enabled_at = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(null=True)
    next_check_at = models.DateTimeField(null=True, help_text="Null: nobody looks any more.")
    failures = models.PositiveIntegerField(default=0, help_text="Checks without success, one after the other.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["pending", "enabled", "action_required", "failed", "removed"]),
                name="a_domain_has_a_known_state",
            ),
            models.UniqueConstraint(fields=["name"], condition=HELD, name="a_domain_leads_to_one_space"),
            models.UniqueConstraint(
                fields=["space", "name"], condition=~Q(state="removed"), name="a_space_has_a_domain_once"
            ),
            models.UniqueConstraint(fields=["space"], condition=Q(main=True), name="a_space_has_one_main_domain"),
            models.CheckConstraint(
                condition=~Q(state="enabled") | Q(enabled_at__isnull=False), name="an_enabled_domain_says_since_when"
            ),
            models.CheckConstraint(
                condition=Q(main=False) | ~Q(state="removed"), name="a_removed_domain_is_not_the_main_one"
            ),
        ]
        indexes = [
            models.Index(fields=["next_check_at"], condition=Q(next_check_at__isnull=False), name="domains_to_check"),
            models.Index(fields=["registrable"], name="domains_by_registrable"),
            models.Index(fields=["name"], name="domains_by_name"),
        ]

    def __str__(self) -> str:
        return self.name
