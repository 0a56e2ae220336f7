# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q

from archipel.identity.models.clients import Client
from archipel.identity.models.persons import Person
from archipel.kernel.references import new_public_id


class SignIn(models.Model):
    """One sign-in of a person at a client, from the code on; tokens belong to it, and ending it ends them all.

    ``session_digest`` is that of the portal session it was made from; ``sid`` is what the client knows that session
    by (the same for every sign-in of one session at one client). ``methods`` are those of RFC 8176. The code is kept
    after its use, as its digest: a code that comes twice ends the sign-in (RFC 6749, section 4.1.2).
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="sign_ins")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", related_query_name="sign_in")
    session_digest = models.CharField(max_length=64, db_index=True)
    sid = models.CharField(max_length=64)
    scopes = models.JSONField(default=list)
    signed_in_at = models.DateTimeField(help_text="When the person last proved who they are, here.")
    methods = models.JSONField(default=list)
    code_digest = models.CharField(max_length=64, unique=True)
    code_expires_at = models.DateTimeField()
    redirect_uri = models.CharField(max_length=500)
    nonce = models.CharField(max_length=500, blank=True)
    proof_key = models.CharField(max_length=128, blank=True, help_text="SHA-256 of the verifier (RFC 7636, S256).")
    created_at = models.DateTimeField()
    redeemed_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=20, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(ended_at=None, end_reason="") | (Q(ended_at__isnull=False) & ~Q(end_reason="")),
                name="an_ended_sign_in_says_why",
            )
        ]
        indexes = [
            models.Index(fields=["person", "client"], condition=Q(ended_at=None), name="living_sign_ins_of_a_person"),
            models.Index(fields=["created_at"], name="sign_ins_by_age"),
        ]


class TokenKind(models.TextChoices):
    ACCESS = "access"
    REFRESH = "refresh"


class IssuedToken(models.Model):
    """A token given to a client: only its digest is stored. Without a sign-in it is the client's own (client credentials).

    A refresh token works once: ``used_at`` stays, so that one that comes again is known for stolen.
    """

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+")
    sign_in = models.ForeignKey(SignIn, null=True, blank=True, on_delete=models.CASCADE, related_name="tokens")
    kind = models.CharField(max_length=10, choices=TokenKind.choices)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=TokenKind.values), name="an_issued_token_has_a_known_kind"),
            models.CheckConstraint(
                condition=Q(kind="access") | Q(sign_in__isnull=False), name="a_refresh_token_belongs_to_a_sign_in"
            ),
        ]


class Consent(models.Model):
    """What a person allowed a client that the host does not run: asked once, until it asks for more."""

    client = models.ForeignKey(Client, on_delete=models.CASCADE, related_name="+", related_query_name="consent")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", related_query_name="consent")
    scopes = models.JSONField(default=list)
    claims = models.JSONField(default=list)
    given_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["client", "person"], name="a_person_consents_to_a_client_once")]
        indexes = [models.Index(fields=["person", "client"], name="consents_of_a_person")]


class SigningKey(models.Model):
    """A key that ID tokens are signed with (RS256). Published from ``created_at``, signs from ``signs_from`` until the
    next one does, withdrawn at ``withdrawn_at``; then only its public half stays, to read old tokens by.
    """

    key_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    locked_private = models.TextField(blank=True, help_text="PEM, locked with the keys; empty once withdrawn.")
    public_jwk = models.JSONField(help_text="RFC 7517, public half.")
    created_at = models.DateTimeField()
    signs_from = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | Q(locked_private=""), name="a_withdrawn_key_signs_no_more"
            )
        ]
