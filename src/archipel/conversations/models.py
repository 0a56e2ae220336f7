# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q

from archipel.kernel.references import new_public_id


class Conversation(models.Model):
    """A thread about something (kind, public id), between an organisation's people and the host."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    about_kind = models.CharField(max_length=30)
    about_id = models.CharField(max_length=20)
    subject = models.CharField(max_length=200)
    organisation = models.ForeignKey("organisations.Organisation", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="conversation")
    opened_at = models.DateTimeField()
    last_message_at = models.DateTimeField()
    waits_for_host = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["about_kind", "about_id"], name="one_conversation_per_subject")]
        indexes = [models.Index(fields=["waits_for_host", "last_message_at"], name="conversations_waiting")]


class Participant(models.Model):
    """An address that takes part, with the token of its Reply-To; a person when the address is known to be theirs."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="participants")
    email = models.EmailField()
    name = models.CharField(max_length=120, blank=True)
    person = models.ForeignKey("identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="participant")
    side = models.CharField(max_length=5)
    token_digest = models.CharField(max_length=64, unique=True)
    locked_token = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "email"], name="an_address_takes_part_once"),
            models.CheckConstraint(condition=Q(side__in=["host", "them"]), name="a_participant_has_a_side"),
        ]


class Message(models.Model):
    """What somebody wrote, by page or by mail. ``kind``: message, note (internal, never sent) or event."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=8)
    side = models.CharField(max_length=5)
    author = models.ForeignKey("identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="message")
    author_name = models.CharField(max_length=120)
    author_email = models.EmailField(blank=True)
    confirmed = models.BooleanField(default=True, help_text="False: came by mail from an address that does not take part.")
    body = models.TextField()
    quoted = models.TextField(blank=True, help_text="What was cut: quotes and signature, shown folded.")
    written_at = models.DateTimeField()
    mail_id = models.CharField(max_length=250, unique=True, null=True, help_text="Message-ID it came with: never received twice.")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(kind__in=["message", "note", "event"]), name="a_message_has_a_known_kind")]
        ordering = ["written_at", "id"]


class Attachment(models.Model):
    """A file with a message, at most 10 MB; stored under ``ARCHIPEL_DATA/files``, served as a download only."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=120)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)


class Mailbox(models.Model):
    """The IMAP mailbox that is read; its secret is locked (``kernel.keys``)."""

    name = models.CharField(max_length=60, unique=True)
    server = models.CharField(max_length=253)
    port = models.PositiveIntegerField(default=993)
    security = models.CharField(max_length=8, default="tls")
    login = models.CharField(max_length=120)
    locked_secret = models.TextField()
    folder = models.CharField(max_length=120, default="INBOX")
    active = models.BooleanField(default=True)
    last_read_at = models.DateTimeField(null=True)
    last_problem = models.TextField(blank=True)
    problem_since = models.DateTimeField(null=True)
