# SPDX-License-Identifier: AGPL-3.0-or-later
"""Mail as the former software had it, kept until an app of mail applies it (see docs/decisions/0025-moving-in.md)."""

from __future__ import annotations

from django.db import models

from archipel.organisations.models.organisations import Organisation


class MailDomain(models.Model):
    """A mail domain, in small letters, with the organisation it belongs to (none: not known yet)."""

    name = models.CharField(max_length=253, unique=True)
    organisation = models.ForeignKey(
        Organisation, null=True, blank=True, on_delete=models.PROTECT, related_name="mail_domains"
    )
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class DomainMailbox(models.Model):
    """A mailbox of a domain; ``person`` is who opens it with their account, ``quota_bytes`` None: the host's usual."""

    address = models.CharField(max_length=254, unique=True)
    domain = models.ForeignKey(MailDomain, on_delete=models.PROTECT, related_name="mailboxes")
    person = models.ForeignKey(
        "identity.Person",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        related_query_name="domain_mailbox",
    )
    name = models.CharField(max_length=120, blank=True)
    quota_bytes = models.BigIntegerField(null=True, blank=True)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.address


class Redirection(models.Model):
    """What is sent to ``source`` (``*@domain``: to any address without a mailbox) goes to ``destination`` as well."""

    source = models.CharField(max_length=254)
    destination = models.CharField(max_length=254)
    domain = models.ForeignKey(MailDomain, on_delete=models.PROTECT, related_name="redirections")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source", "destination"], name="an_address_is_redirected_to_another_once")
        ]
        indexes = [models.Index(fields=["destination"], name="redirections_to_an_address")]

    def __str__(self) -> str:
        return f"{self.source} → {self.destination}"
