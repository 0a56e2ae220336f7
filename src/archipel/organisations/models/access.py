# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q

from archipel.kernel.references import new_public_id
from archipel.organisations.models.organisations import Organisation


class Access(models.Model):
    """A client that an organisation enters, and which of its roles do (an OpenID role claim tells them apart there).

    ``known_roles`` are the words the application understands, the most modest first. ``roles`` leads from a role of
    the organisation to the word told for it; a role that is absent does not enter.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", related_query_name="access"
    )
    client = models.ForeignKey(
        "identity.Client", on_delete=models.PROTECT, related_name="+", related_query_name="access"
    )
    known_roles = models.JSONField(default=list)
    roles = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organisation", "client"],
                condition=Q(closed_at=None),
                name="an_organisation_enters_a_client_once",
            )
        ]


class PersonalAccess(models.Model):
    """What one person of the organisation enters a client with, whatever their role; no role told: does not enter."""

    access = models.ForeignKey(Access, on_delete=models.CASCADE, related_name="personal")
    person = models.ForeignKey(
        "identity.Person", on_delete=models.PROTECT, related_name="+", related_query_name="personal_access"
    )
    role = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["access", "person"], name="a_person_has_one_access_of_their_own")
        ]


class SecondFactorReset(models.Model):
    """A member who lost their second factor: who asked, who confirmed after which call, and from when it may happen."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", related_query_name="second_factor_reset"
    )
    person = models.ForeignKey(
        "identity.Person", on_delete=models.PROTECT, related_name="+", related_query_name="second_factor_reset"
    )
    state = models.CharField(max_length=20)
    asked_by = models.ForeignKey(
        "identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="reset_asked"
    )
    asked_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        "identity.Person",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        related_query_name="reset_confirmed",
    )
    call_note = models.TextField(blank=True, help_text="Whom the host called, at which number, what was said.")
    due_at = models.DateTimeField(null=True, blank=True, help_text="End of the notice given to the person.")
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["asked", "announced", "done", "refused", "cancelled", "lapsed"]),
                name="a_second_factor_reset_has_a_known_state",
            ),
            models.CheckConstraint(
                condition=~Q(state="announced") | Q(due_at__isnull=False) & ~Q(call_note=""),
                name="an_announced_reset_has_its_call_and_its_day",
            ),
            models.UniqueConstraint(
                fields=["organisation", "person"],
                condition=Q(state__in=["asked", "announced"]),
                name="a_person_has_one_reset_under_way_in_an_organisation",
            ),
        ]
        indexes = [models.Index(fields=["state", "due_at"], name="resets_under_way")]
