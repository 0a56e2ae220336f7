# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q

from archipel.kernel.references import new_public_id


class Email(models.Model):
    """A message to one address. Written with the change that causes it, delivered by the worker, tried for 48 hours."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    message_id = models.CharField(max_length=200, unique=True, help_text="Stable: a second try carries the same one.")
    name = models.CharField(max_length=80, help_text="Which message, app/name.")
    to_address = models.EmailField()
    to_name = models.CharField(max_length=120, blank=True)
    subject = models.CharField(max_length=250)
    locked_body = models.TextField(help_text="Text locked with the keys: it may hold a link that opens something.")
    reply_to = models.CharField(max_length=250, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    attachments = models.JSONField(default=list, blank=True)
    language = models.CharField(max_length=8)
    state = models.CharField(max_length=12)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    last_problem = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["waiting", "sent", "bounced", "refused", "given_up", "suppressed"]), name="an_email_has_a_known_state"),
        ]
        indexes = [
            models.Index(fields=["to_address", "-created_at"], name="emails_to_address"),
            models.Index(fields=["state", "created_at"], name="emails_by_state"),
            models.Index(fields=["-created_at"], name="emails_latest"),
        ]


class Suppression(models.Model):
    """An address nothing is sent to any more, until a human lifts it."""

    email = models.EmailField(unique=True)
    reason = models.CharField(max_length=12)
    detail = models.TextField(blank=True)
    person_name = models.CharField(max_length=120, blank=True)
    since = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, help_text="When a human of the host dealt with it.")
