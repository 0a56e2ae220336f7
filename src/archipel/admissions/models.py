# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q

from archipel.admissions import states
from archipel.kernel.references import new_public_id


class Wave(models.Model):
    """A dated opening of a service. Dates are instants, shown in the host's zone; see ``docs/how-to/verify-a-wave.md``.

    Capacity counts what was accepted, agreed, is being opened or is open (``Request.place``).
    By lot: ``seed_hash`` is public from the opening, ``seed`` from the closing (locked until then, ``kernel.keys``).
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    service = models.ForeignKey(
        "catalogue.Service", on_delete=models.PROTECT, related_name="+", related_query_name="wave"
    )
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
            models.CheckConstraint(condition=Q(state__in=states.WAVE.states), name="a_wave_has_a_known_state"),
            models.CheckConstraint(condition=Q(order__in=["date", "lot"]), name="a_wave_has_a_known_order"),
            models.CheckConstraint(
                condition=Q(closes_at__gt=models.F("opens_at")), name="a_wave_closes_after_it_opens"
            ),
            models.CheckConstraint(
                condition=~Q(order="lot") | ~Q(state__in=["open", "closed"]) | ~Q(seed_hash=""),
                name="an_opened_lot_has_published_its_hash",
            ),
            models.UniqueConstraint(fields=["service"], condition=Q(state="open"), name="a_service_has_one_open_wave"),
        ]
        indexes = [models.Index(fields=["state", "opens_at"], name="waves_by_state")]


class PeerHost(models.Model):
    """Another ethical host a request may be redirected to, with the asker's consent."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    name = models.CharField(max_length=120)
    url = models.URLField()
    address = models.EmailField()
    offers = models.TextField(blank=True)
    active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Request(models.Model):
    """What somebody asks for, from the first draft to the opened space; declared facts stay as they were declared."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    reference = models.CharField(
        max_length=20, unique=True, null=True, help_text="D-2026-0142, read on the phone; given once confirmed."
    )
    service = models.ForeignKey(
        "catalogue.Service", on_delete=models.PROTECT, related_name="+", related_query_name="request"
    )
    wave = models.ForeignKey(
        Wave,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="requests",
        help_text="The wave it was received in, and is reported with.",
    )
    place = models.ForeignKey(
        Wave,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="places",
        help_text="The wave whose capacity its acceptance takes.",
    )
    state = models.CharField(max_length=12)
    since = models.DateTimeField(help_text="When it came to this state.")
    language = models.CharField(max_length=8, default="fr")

    # Typed so far; kept whatever errors it has. Emptied when the address is confirmed.
    draft = models.JSONField(default=dict, blank=True)
    saved_at = models.DateTimeField(help_text="When the draft was last typed in; kept 30 days from there.")
    link_sent_to = models.EmailField(blank=True, help_text="Address the link of the draft was mailed to, once.")
    told_closed_at = models.DateTimeField(null=True, help_text="When its typist was told that the form had closed.")
    confirm_digest = models.CharField(
        max_length=64, unique=True, null=True, help_text="Of the link that confirms the address; once."
    )
    confirm_expires_at = models.DateTimeField(null=True)

    # Declared, checked, from the moment the form is sent.
    organisation_name = models.CharField(max_length=160, blank=True)
    organisation_kind = models.CharField(max_length=20, blank=True)
    rna = models.CharField(max_length=10, blank=True)
    siren = models.CharField(max_length=9, blank=True)
    founded_year = models.PositiveSmallIntegerField(null=True, blank=True)
    fields_of_action = models.JSONField(default=list, blank=True)
    town = models.ForeignKey(
        "organisations.Town",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        related_query_name="request",
    )
    town_text = models.CharField(max_length=120, blank=True)
    person_name = models.CharField(max_length=120, blank=True)
    email = models.EmailField(blank=True)
    tier = models.ForeignKey(
        "catalogue.Tier",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        related_query_name="request",
    )
    price_level = models.CharField(
        max_length=12, blank=True, help_text="full, reduced, free, sustaining, own, included or agreed"
    )
    own_cents = models.PositiveIntegerField(null=True, blank=True)
    price_reason = models.TextField(blank=True)
    wished_address = models.CharField(max_length=63, blank=True, help_text="First label of the site's address.")
    message = models.TextField(blank=True)
    answers = models.JSONField(default=dict, blank=True)
    redirect_consent = models.BooleanField(default=False)

    # Linked once the address is confirmed.
    person = models.ForeignKey(
        "identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="request"
    )
    organisation = models.ForeignKey(
        "organisations.Organisation",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        related_query_name="request",
    )
    same_as = models.ForeignKey(
        "organisations.Organisation",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        related_query_name="request_claiming",
        help_text="An organisation known by the same RNA or SIREN; a human says whether it is the same one.",
    )
    agreement = models.ForeignKey(
        "agreements.Agreement",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        related_query_name="request",
    )
    space = models.ForeignKey(
        "spaces.Space", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="request"
    )

    created_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True)
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        "identity.Person",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        related_query_name="request_decided",
    )
    decision = models.CharField(
        max_length=10, blank=True, help_text="The last one: accept, waiting, ask, redirect, decline or reopen."
    )
    decision_reason = models.CharField(
        max_length=24, blank=True, help_text="Code of the reason, counted in the wave's report."
    )
    decision_words = models.TextField(blank=True)
    agreed_cents = models.PositiveIntegerField(null=True, help_text="Price a year the host answered with.")
    redirected_to = models.ForeignKey(
        PeerHost, null=True, on_delete=models.PROTECT, related_name="+", related_query_name="request"
    )
    version = models.PositiveIntegerField(
        default=0, help_text="Grows with every decision: two reviewers cannot decide over each other."
    )
    draw_rank = models.PositiveIntegerField(null=True, help_text="Rank in its wave, by date or by lot, once closed.")
    purge_on = models.DateField(null=True, help_text="Day what names people is removed; counts stay.")
    purged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=states.REQUEST.states), name="a_request_has_a_known_state"),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"]) | Q(submitted_at__isnull=False, reference__isnull=False),
                name="a_sent_request_says_when",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["opening", "open"]) | Q(agreement__isnull=False),
                name="nothing_opens_without_an_agreement",
            ),
        ]
        indexes = [
            models.Index(fields=["state", "submitted_at"], name="requests_by_state"),
            models.Index(fields=["organisation", "-created_at"], name="requests_of_organisation"),
            models.Index(fields=["person", "-created_at"], name="requests_of_person"),
            models.Index(fields=["service", "state"], name="requests_of_service"),
            models.Index(fields=["email"], name="requests_of_address"),
            models.Index(fields=["purge_on"], condition=Q(purge_on__isnull=False), name="requests_to_purge"),
        ]

    def __str__(self) -> str:
        return self.reference or self.public_id


class WaveAlert(models.Model):
    """Somebody who wants to be told, once, when a service opens."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    service = models.ForeignKey(
        "catalogue.Service", on_delete=models.PROTECT, related_name="+", related_query_name="alert"
    )
    email = models.EmailField()
    language = models.CharField(max_length=8, default="fr")
    created_at = models.DateTimeField()
    confirmed_at = models.DateTimeField(null=True)
    told_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "email"], name="an_address_waits_once_per_service")]
