# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from archipel.identity.models.persons import Person
from archipel.kernel.references import new_public_id


class ClientKind(models.TextChoices):
    CONFIDENTIAL = "confidential", _("Keeps a secret (a server)")
    PUBLIC = "public", _("Keeps none (an application in a browser or on a telephone)")


class Subject(models.TextChoices):
    PUBLIC = "public", _("The same identifier everywhere")
    PAIRWISE = "pairwise", _("An identifier of its own for this application")


class Client(models.Model):
    """An application that people sign in to with their account here (OpenID Connect Core 1.0, section 1).

    ``redirect_uris`` and ``post_logout_redirect_uris`` are compared letter by letter, query strings included.
    ``scopes`` is what it may ask for, ``claims`` which of ``organisations``, ``roles``, ``groups`` and ``quota`` it is
    told. ``pkce_exemption`` says why it sends no proof key (RFC 7636); empty: the proof key is required.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=20, choices=ClientKind.choices, default=ClientKind.CONFIDENTIAL)
    secret_digest = models.CharField(max_length=64, blank=True, help_text="SHA-256 of 256 random bits.")
    home_url = models.CharField(max_length=500, blank=True, help_text="Where its tile leads.")
    icon = models.CharField(max_length=40, blank=True)
    redirect_uris = models.JSONField(default=list)
    post_logout_redirect_uris = models.JSONField(default=list, blank=True)
    backchannel_logout_uri = models.CharField(max_length=500, blank=True)
    scopes = models.JSONField(default=list)
    claims = models.JSONField(default=list, blank=True)
    subject = models.CharField(max_length=20, choices=Subject.choices, default=Subject.PUBLIC)
    sector = models.CharField(
        max_length=253,
        blank=True,
        help_text="Host name that pairwise identifiers are computed for.",
    )
    pkce_exemption = models.CharField(max_length=300, blank=True)
    asks_consent = models.BooleanField(default=False, help_text="True for applications that the host does not run.")
    signs_in_itself = models.BooleanField(default=False, help_text="May use the client credentials grant.")
    refreshes = models.BooleanField(default=True, help_text="Is given refresh tokens when it asks for offline_access.")
    session_minutes = models.PositiveIntegerField(
        null=True,
        blank=True,
        help_text="How long it keeps somebody in by itself, where it knows no back-channel logout.",
    )
    created_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(pkce_exemption="") | Q(kind="confidential"),
                name="only_a_client_with_a_secret_goes_without_proof_key",
            ),
            models.CheckConstraint(
                condition=Q(signs_in_itself=False) | Q(kind="confidential"),
                name="only_a_client_with_a_secret_signs_in_itself",
            ),
            models.CheckConstraint(condition=Q(kind__in=ClientKind.values), name="a_client_has_a_known_kind"),
            models.CheckConstraint(condition=Q(subject__in=Subject.values), name="a_client_has_a_known_subject"),
        ]
        indexes = [models.Index(fields=["name", "id"], condition=Q(closed_at=None), name="living_client_by_name")]

    def __str__(self) -> str:
        return self.name

    @property
    def client_id(self) -> str:
        """Return what it names itself by in the protocol."""
        return self.public_id


class Entry(models.Model):
    """The right of a person to enter a client, given through one thing (``organisation:<id>``, ``space:<id>``…).

    Authorisation and token endpoints read nothing else, and the same rows are what is pushed to Keycloak. A person who
    enters through two organisations has two rows; the roles of all add up.
    """

    client = models.ForeignKey(Client, on_delete=models.PROTECT, related_name="entries")
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", related_query_name="entry")
    roles = models.JSONField(default=list)
    through = models.CharField(max_length=60)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["client", "person", "through"], name="a_person_enters_a_client_once_through_one_thing"
            )
        ]
        indexes = [
            models.Index(fields=["person", "client"], name="entries_of_a_person"),
            models.Index(fields=["through", "client"], name="entries_through_a_thing"),
        ]
