# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is known of the place where people sign in when it is not Archipel itself (Keycloak)."""

from __future__ import annotations

from django.db import models

from archipel.identity.models.clients import Client
from archipel.identity.models.persons import Person
from archipel.kernel.references import new_public_id


class Pushed(models.Model):
    """What both sides last agreed on about one thing: by it one sees who changed what since."""

    kind = models.CharField(max_length=8)
    object_id = models.CharField(max_length=60)
    agreed = models.JSONField(default=dict)
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="a_thing_is_agreed_on_once")]


class DriftKind(models.TextChoices):
    MISSING = "missing"
    DIFFERENT = "different"
    UNKNOWN = "unknown"


class Drift(models.Model):
    """Something that is not there as it is here, and that somebody changed there: a human adopts or repairs it.

    ``differences``: for each field what is ``here`` and what is ``there``. ``repair_asked_at``: the worker is at it.
    """

    public_id = models.CharField(max_length=20, unique=True, default=new_public_id, editable=False)
    kind = models.CharField(max_length=8)
    object_id = models.CharField(max_length=60)
    label = models.CharField(max_length=200)
    what = models.CharField(max_length=10, choices=DriftKind.choices)
    differences = models.JSONField(default=dict)
    since = models.DateTimeField()
    repair_asked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "object_id"], name="a_thing_drifts_once"),
            models.CheckConstraint(condition=models.Q(what__in=DriftKind.values), name="a_thing_drifts_in_a_known_way"),
        ]
        indexes = [models.Index(fields=["since", "id"], name="drifts_oldest_first")]

    def __str__(self) -> str:
        return self.label


class SecretToHand(models.Model):
    """The secret of an application, locked, until the worker has handed it over."""

    client = models.OneToOneField(
        Client, on_delete=models.CASCADE, related_name="+", related_query_name="secret_to_hand"
    )
    locked_secret = models.TextField()


class OutsideSession(models.Model):
    """The session there (``sid``) by which somebody is signed in here: when it ends, theirs here does too."""

    sid = models.CharField(max_length=100)
    session_key = models.CharField(max_length=40, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", related_query_name="outside_session")
    since = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["sid"], name="sessions_of_a_sid"),
            models.Index(fields=["since"], name="outside_sessions_oldest_first"),
        ]
