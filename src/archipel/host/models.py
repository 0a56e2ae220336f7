# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q


class Host(models.Model):
    """The one row of this installation."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    name = models.CharField(max_length=120)
    postal_address = models.TextField(blank=True)
    contact_address = models.EmailField()
    telephone = models.CharField(max_length=40, blank=True)
    portal_url = models.URLField(help_text="Scheme and host name of the portal, without a final slash.")
    sites_domain = models.CharField(max_length=253, help_text="Domain below which hosted sites live.")
    languages = models.JSONField(default=list, help_text="Codes, the first one binds where nothing else is said.")
    sender_name = models.CharField(max_length=120)
    sender_address = models.EmailField()
    dkim_selector = models.CharField(
        max_length=63, blank=True, help_text="Name under which the mail server publishes its key."
    )
    publication_director = models.CharField(max_length=120, blank=True)
    set_up_at = models.DateTimeField(null=True)
    canary = models.TextField(
        blank=True, help_text="A known word locked with the keys: start is refused when they do not open it."
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="there_is_one_host")]

    def __str__(self) -> str:
        return self.name

    @property
    def demonstration(self) -> bool:
        """Whether pages say that nothing here is real."""
        return bool(settings.DEMONSTRATION)


class Parameter(models.Model):
    """A figure that changes by date (a membership fee, a delay): the row with the latest ``since`` not after the day counts."""

    key = models.CharField(max_length=60)
    value = models.JSONField()
    since = models.DateField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "since"], name="a_parameter_has_one_value_a_day")]


class Text(models.Model):
    """A text the host writes, one row a language; a missing language falls back, and the page says so."""

    key = models.CharField(max_length=120)
    language = models.CharField(max_length=8)
    body = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "language"], name="a_text_has_one_body_a_language")]
