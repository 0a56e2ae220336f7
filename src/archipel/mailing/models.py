# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q

from archipel.kernel.references import new_public_id
from archipel.mailing.states import Reason, State


class Email(models.Model):
    """A message to one address. Written with the change that causes it, delivered by the worker, tried for 48 hours."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    message_id = models.CharField(max_length=320, unique=True, help_text="Stable: a second try carries the same one.")
    name = models.CharField(max_length=80, help_text="Which message, app/name.")
    to_address = models.EmailField()
    to_name = models.CharField(max_length=120, blank=True)
    from_name = models.CharField(max_length=160, blank=True, help_text="Shown instead of the host's sender name.")
    subject = models.CharField(max_length=250)
    locked_body = models.TextField(
        blank=True, help_text="Text locked with the keys (it may hold a link that opens something); empty once erased."
    )
    reply_to = models.CharField(max_length=320, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    attachments = models.JSONField(default=list, blank=True, help_text="Files: name, content_type, path below files/.")
    language = models.CharField(max_length=8)
    state = models.CharField(max_length=12, choices=State.choices, default=State.WAITING)
    created_at = models.DateTimeField()
    try_until = models.DateTimeField(help_text="After this, a server that does not answer is no longer waited for.")
    next_try_at = models.DateTimeField(null=True, help_text="Set while a server that did not answer is given time.")
    sent_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True, help_text="When a human of the host dealt with the failure.")
    tries = models.PositiveSmallIntegerField(default=0)
    last_problem = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="an_email_has_a_known_state"),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="a_sent_email_has_a_moment"
            ),
        ]
        indexes = [
            models.Index(fields=["to_address", "-created_at"], name="emails_to_address"),
            models.Index(fields=["state", "created_at"], name="emails_by_state"),
            models.Index(fields=["-created_at"], name="emails_latest"),
            models.Index(fields=["next_try_at"], condition=Q(next_try_at__isnull=False), name="emails_next_try"),
        ]


class Suppression(models.Model):
    """An address nothing is sent to any more, until a human lifts it. Addresses are kept in small letters."""

    email = models.EmailField(unique=True)
    reason = models.CharField(max_length=12, choices=Reason.choices)
    detail = models.TextField(blank=True)
    person_name = models.CharField(max_length=120, blank=True)
    since = models.DateTimeField()
    seen_at = models.DateTimeField(
        null=True, help_text="When a human of the host dealt with it; again empty when a message is held back."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(reason__in=Reason.values), name="a_suppression_has_a_known_reason")
        ]
        indexes = [models.Index(fields=["seen_at", "since"], name="suppressions_to_see")]


class Bounce(models.Model):
    """One report that a message came back. Soft ones are counted: three in 15 days are as good as a hard one."""

    email = models.ForeignKey(Email, on_delete=models.CASCADE, related_name="bounces")
    address = models.EmailField()
    hard = models.BooleanField()
    diagnostic = models.TextField(blank=True)
    at = models.DateTimeField()
    report_id = models.CharField(max_length=64, unique=True, help_text="Digest of the report: counted once.")

    class Meta:
        indexes = [models.Index(fields=["address", "at"], name="bounces_of_address")]
