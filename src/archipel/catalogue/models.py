# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from archipel.kernel.references import new_public_id


class Access(models.TextChoices):
    OPEN = "open", _("Open to all, without an account")
    ACCOUNT = "account", _("With a free account")
    MEMBERS = "members", _("For members")
    REQUEST = "request", _("On request")


class Intake(models.TextChoices):
    ALWAYS = "always", _("Always open")
    WAVES = "waves", _("By waves")


class Service(models.Model):
    """What is offered. Texts (name, summary, purpose, solidarity, not_included, support, separation) are ``host.Text`` rows
    with key ``service/<slug>/<field>``."""

    slug = models.SlugField(max_length=60, unique=True)
    state = models.CharField(max_length=24)
    access = models.CharField(max_length=12, choices=Access.choices)
    intake = models.CharField(max_length=8, choices=Intake.choices, default=Intake.ALWAYS)
    for_individuals = models.BooleanField(default=True, help_text="A person alone may ask.")
    software = models.CharField(max_length=80, help_text="The libre software behind.")
    software_url = models.URLField(blank=True)
    licence = models.CharField(max_length=80, blank=True)
    replaces = models.CharField(max_length=200, blank=True, help_text="Names of what it replaces, separated by commas.")
    icon = models.CharField(max_length=20, default="cloud")
    link = models.URLField(blank=True, help_text="Where a service open to all is used.")
    connector = models.CharField(max_length=30, blank=True, help_text="Which port fills it; empty when a human does.")
    counted = models.CharField(
        max_length=12,
        blank=True,
        choices=[("bytes", _("Storage")), ("recipients", _("Recipients")), ("accounts", _("Accounts"))],
    )
    support_address = models.EmailField(blank=True)
    places = models.PositiveIntegerField(
        null=True, blank=True, help_text="Spaces the host can hold at once; null = it set no limit."
    )
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=["considered", "trial", "open", "full", "closed_to_newcomers", "closing", "closed"]
                ),
                name="a_service_has_a_known_state",
            ),
            models.CheckConstraint(
                condition=~Q(state="open") | ~Q(support_address=""), name="an_open_service_has_a_support_address"
            ),
            models.CheckConstraint(condition=Q(access__in=Access.values), name="a_service_has_a_known_access"),
            models.CheckConstraint(condition=Q(intake__in=Intake.values), name="a_service_has_a_known_intake"),
        ]

    def __str__(self) -> str:
        return self.slug


class Maintainer(models.Model):
    """A named person who looks after a service; nothing becomes open without two."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="maintainers")
    person = models.ForeignKey(
        "identity.Person", on_delete=models.PROTECT, related_name="+", related_query_name="maintains"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "person"], name="a_person_maintains_a_service_once")]


class Offer(models.Model):
    """A service with prices from a day on; the latest ``since`` not after the day counts, earlier ones stay for agreements."""

    service = models.ForeignKey(Service, on_delete=models.PROTECT, related_name="offers")
    since = models.DateField()
    membership_required = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "since"], name="a_service_has_one_offer_a_day")]


class Pricing(models.TextChoices):
    YEARLY = "yearly", _("A price a year")
    INCLUDED = "included", _("Included in the membership")
    FREE = "free", _("Free")
    TO_BE_AGREED = "to_be_agreed", _("Price to be agreed")


class Tier(models.Model):
    """A size and its price. ``amount`` counts what the service counts (bytes, recipients, accounts); null = nothing is counted.

    Prices are cents a year; ``reduced_cents`` and ``sustaining_cents`` null = that level is not proposed.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    offer = models.ForeignKey(Offer, on_delete=models.PROTECT, related_name="tiers")
    position = models.PositiveSmallIntegerField(default=0)
    amount = models.BigIntegerField(null=True, blank=True)
    pricing = models.CharField(max_length=16, choices=Pricing.choices)
    full_cents = models.PositiveIntegerField(null=True, blank=True)
    reduced_cents = models.PositiveIntegerField(null=True, blank=True)
    sustaining_cents = models.PositiveIntegerField(null=True, blank=True)
    free_level = models.BooleanField(default=False, help_text="Free is proposed as a real level.")
    notes = models.JSONField(default=dict, blank=True, help_text="Language code → what this size is good for.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["offer", "position"], name="tiers_of_an_offer_have_an_order"),
            models.CheckConstraint(
                condition=~Q(pricing="yearly") | Q(full_cents__isnull=False), name="a_yearly_tier_has_a_price"
            ),
            models.CheckConstraint(condition=Q(pricing__in=Pricing.values), name="a_tier_has_a_known_pricing"),
            models.CheckConstraint(condition=Q(amount=None) | Q(amount__gt=0), name="a_tier_counts_at_least_one"),
        ]


class Terms(models.Model):
    """Dated terms of use of a service (or of the host: service null); the body is one text a language, one language binds."""

    service = models.ForeignKey(Service, null=True, blank=True, on_delete=models.PROTECT, related_name="terms")
    since = models.DateField()
    binding_language = models.CharField(max_length=8, default="fr")
    bodies = models.JSONField(help_text="Language code → text. Never edited once in force: a new date replaces it.")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["service", "since"], name="terms_have_one_version_a_day"),
            models.UniqueConstraint(
                fields=["since"], condition=Q(service=None), name="terms_of_the_host_have_one_version_a_day"
            ),
        ]


class Question(models.Model):
    """A question a service asks with its form; defined by the host, no code."""

    service = models.ForeignKey(Service, on_delete=models.CASCADE, related_name="questions")
    position = models.PositiveSmallIntegerField()
    key = models.SlugField(max_length=40)
    kind = models.CharField(
        max_length=10,
        choices=[
            ("line", _("A line")),
            ("text", _("A text")),
            ("number", _("A number")),
            ("yes_no", _("Yes or no")),
            ("choice", _("One of a list")),
        ],
    )
    labels = models.JSONField(help_text="Language code → question.")
    helps = models.JSONField(default=dict, blank=True)
    choices = models.JSONField(
        default=list, blank=True, help_text="For a list: [{language: label}], the position is the value."
    )
    required = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["service", "key"], name="a_question_has_one_key")]
        ordering = ["position"]
