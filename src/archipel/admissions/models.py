# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q

from archipel.kernel.references import new_public_id


class Wave(models.Model):
    """A dated opening of a service: capacity counts accepted + agreed + open. Dates are instants, shown in the host's zone.

    By lot: ``seed_hash`` is public from the opening, ``seed`` from the closing (locked before, ``kernel.keys``).
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    service = models.ForeignKey("catalogue.Service", on_delete=models.PROTECT, related_name="+", related_query_name="wave")
    names = models.JSONField(help_text="Language code → name (December wave).")
    criteria = models.JSONField(help_text="Language code → public criteria.")
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    capacity = models.PositiveIntegerField()
    order = models.CharField(max_length=6, choices=[("date", "date"), ("lot", "lot")])
    seed_hash = models.CharField(max_length=64, blank=True)
    locked_seed = models.TextField(blank=True)
    seed = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["planned", "open", "closed", "cancelled"]), name="a_wave_has_a_known_state"),
            models.CheckConstraint(condition=Q(closes_at__gt=models.F("opens_at")), name="a_wave_closes_after_it_opens"),
            models.UniqueConstraint(fields=["service"], condition=Q(state="open"), name="a_service_has_one_open_wave"),
        ]


class PeerHost(models.Model):
    """Another ethical host a request may be redirected to, with the asker's consent."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    name = models.CharField(max_length=120)
    url = models.URLField()
    address = models.EmailField()
    offers = models.TextField(blank=True)
    active = models.BooleanField(default=True)


class Request(models.Model):
    """What somebody asks for, from the first draft to the opened space; declared facts stay as they were declared."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    reference = models.CharField(max_length=20, unique=True, help_text="D-2026-0142, read on the phone.")
    service = models.ForeignKey("catalogue.Service", on_delete=models.PROTECT, related_name="+", related_query_name="request")
    wave = models.ForeignKey(Wave, null=True, blank=True, on_delete=models.PROTECT, related_name="requests")
    state = models.CharField(max_length=12)
    language = models.CharField(max_length=8, default="fr")

    # Typed so far; kept whatever errors it has. Read only while the request is a draft.
    draft = models.JSONField(default=dict, blank=True)
    draft_digest = models.CharField(max_length=64, unique=True, null=True, help_text="Of the link that reopens the draft.")
    confirm_digest = models.CharField(max_length=64, unique=True, null=True, help_text="Of the link that confirms the address; once.")
    confirm_expires_at = models.DateTimeField(null=True)

    # Declared, checked, from the moment the form is sent.
    organisation_name = models.CharField(max_length=160, blank=True)
    organisation_kind = models.CharField(max_length=20, blank=True)
    rna = models.CharField(max_length=10, blank=True)
    siren = models.CharField(max_length=9, blank=True)
    founded_year = models.PositiveSmallIntegerField(null=True, blank=True)
    fields_of_action = models.JSONField(default=list, blank=True)
    town = models.ForeignKey("organisations.Town", null=True, blank=True, on_delete=models.PROTECT, related_name="+", related_query_name="request")
    town_text = models.CharField(max_length=120, blank=True)
    person_name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    tier = models.ForeignKey("catalogue.Tier", null=True, blank=True, on_delete=models.PROTECT, related_name="+", related_query_name="request")
    price_level = models.CharField(max_length=12, blank=True, help_text="full, reduced, free, sustaining or own")
    own_cents = models.PositiveIntegerField(null=True, blank=True)
    price_reason = models.TextField(blank=True)
    wished_address = models.CharField(max_length=63, blank=True, help_text="First label of the site's address.")
    message = models.TextField(blank=True)
    answers = models.JSONField(default=dict, blank=True)
    redirect_consent = models.BooleanField(default=False)

    # Linked once the address is confirmed.
    person = models.ForeignKey("identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="request")
    organisation = models.ForeignKey("organisations.Organisation", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="request")
    agreement = models.ForeignKey("agreements.Agreement", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="request")
    space = models.ForeignKey("spaces.Space", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="request")
    conversation_id = models.CharField(max_length=20, blank=True)

    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey("identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="request_decided")
    decision_reason = models.CharField(max_length=24, blank=True, help_text="Code of the reason, counted in the wave's report.")
    decision_words = models.TextField(blank=True)
    redirected_to = models.ForeignKey(PeerHost, null=True, on_delete=models.PROTECT, related_name="+", related_query_name="request")
    version = models.PositiveIntegerField(default=0, help_text="Grows with every decision: two reviewers cannot decide over each other.")
    draw_rank = models.PositiveIntegerField(null=True, help_text="Rank in a wave ordered by lot, once drawn.")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "submitted", "in_review", "question", "waiting", "accepted", "redirected", "declined", "agreed", "opening", "open", "withdrawn"]),
                name="a_request_has_a_known_state",
            ),
            models.CheckConstraint(condition=Q(state="draft") | Q(state="withdrawn") | Q(submitted_at__isnull=False), name="a_sent_request_says_when"),
        ]
        indexes = [
            models.Index(fields=["state", "submitted_at"], name="requests_by_state"),
            models.Index(fields=["organisation", "-created_at"], name="requests_of_organisation"),
            models.Index(fields=["person", "-created_at"], name="requests_of_person"),
            models.Index(fields=["service", "state"], name="requests_of_service"),
        ]

    def __str__(self) -> str:
        return self.reference


class WaveAlert(models.Model):
    """Somebody who wants to be told, once, when a service opens."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    service = models.ForeignKey("catalogue.Service", on_delete=models.CASCADE, related_name="+", related_query_name="alert")
    email = models.EmailField()
    language = models.CharField(max_length=8, default="fr")
    digest = models.CharField(max_length=64, unique=True, help_text="Of the link that confirms, and later leaves.")
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "email"], name="an_address_waits_once_per_service")]
