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
    organisation = models.ForeignKey(
        "organisations.Organisation",
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        related_query_name="conversation",
    )
    opened_at = models.DateTimeField()
    last_message_at = models.DateTimeField()
    waits_for_host = models.BooleanField(default=False)
    waits_since = models.DateTimeField(null=True, help_text="First message that the host has not answered.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["about_kind", "about_id"], name="one_conversation_per_subject")]
        indexes = [models.Index(fields=["waits_since"], condition=Q(waits_for_host=True), name="conversations_waiting")]


class Participant(models.Model):
    """An address that takes part, with the token of its Reply-To; a person when the address is known to be theirs."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="participants")
    email = models.EmailField()
    name = models.CharField(max_length=120, blank=True)
    person = models.ForeignKey(
        "identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="participant"
    )
    side = models.CharField(max_length=5)
    language = models.CharField(max_length=8, blank=True, help_text="Of who reads without an account.")
    left_at = models.DateTimeField(null=True, help_text="Since when this address no longer takes part.")
    token_digest = models.CharField(max_length=64, unique=True)
    locked_token = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "email"], name="an_address_takes_part_once"),
            models.CheckConstraint(condition=Q(side__in=["host", "them"]), name="a_participant_has_a_side"),
        ]


class Message(models.Model):
    """What somebody wrote, by page or by mail. ``kind``: message, note (internal, never sent) or event.

    An unconfirmed one came with a participant's token from another address: it is shown as such and triggers nothing.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    kind = models.CharField(max_length=8)
    side = models.CharField(max_length=5)
    author = models.ForeignKey(
        "identity.Person", null=True, on_delete=models.PROTECT, related_name="+", related_query_name="message"
    )
    author_name = models.CharField(max_length=120, blank=True)
    author_email = models.EmailField(blank=True)
    confirmed = models.BooleanField(
        default=True, help_text="False: came by mail from an address that does not take part."
    )
    by_mail = models.BooleanField(default=False)
    body = models.TextField()
    quoted = models.TextField(blank=True, help_text="What was cut: quotes and signature, shown folded.")
    left_out = models.JSONField(default=list, blank=True, help_text="Files that were too large to keep: name, size.")
    written_at = models.DateTimeField()
    mail_id = models.CharField(
        max_length=320, unique=True, null=True, help_text="Message-ID it came with: never received twice."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["message", "note", "event"]), name="a_message_has_a_known_kind"
            ),
            models.CheckConstraint(condition=Q(side__in=["host", "them", ""]), name="a_message_has_a_known_side"),
            models.CheckConstraint(condition=~Q(kind="note") | Q(side="host"), name="a_note_is_the_hosts"),
        ]
        indexes = [models.Index(fields=["conversation", "written_at"], name="messages_in_order")]
        ordering = ["written_at", "id"]


class Delivery(models.Model):
    """A message as it was mailed to one participant: answers that lost the token are recognised by its Message-ID."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    participant = models.ForeignKey(Participant, on_delete=models.CASCADE, related_name="deliveries")
    mail_id = models.CharField(max_length=320, unique=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["message", "participant"], name="a_message_is_mailed_once_to_each")
        ]


class Attachment(models.Model):
    """A file with a message, at most 10 MB; stored under ``ARCHIPEL_DATA/files``, served as a download only."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    name = models.CharField(max_length=200)
    content_type = models.CharField(max_length=120)
    size = models.PositiveIntegerField()
    sha256 = models.CharField(max_length=64)


class StrayMail(models.Model):
    """A mail that could not be read: its bytes wait in ``ARCHIPEL_DATA/quarantine`` for a human, at most 30 days."""

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    digest = models.CharField(max_length=64, unique=True, help_text="SHA-256 of the bytes: kept once.")
    size = models.PositiveIntegerField()
    problem = models.CharField(max_length=300)
    received_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["seen_at", "received_at"], name="stray_mails_to_see")]


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

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(security__in=["tls", "starttls", "none"]), name="a_mailbox_has_a_known_security"
            )
        ]
