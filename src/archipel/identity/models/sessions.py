# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.module_loading import import_string

from archipel.identity.models.persons import Person


class Session(AbstractBaseSession):
    """A browser that is known for a while; ``person`` is who signed in there, null for a visitor.

    Everything but the key and the end is written from what the session itself holds (``identity.sessions``): a new key
    takes it along. ``agent`` is "browser/system" (``identity.devices``), empty where no page of sign-in was passed.
    """

    person = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+", related_query_name="session"
    )
    public_id = models.CharField(max_length=20, db_index=True, help_text="Made from the key, which it does not tell.")
    agent = models.CharField(max_length=40, blank=True)
    since = models.DateTimeField(null=True)
    seen_at = models.DateTimeField(null=True)

    @classmethod
    def get_session_store_class(cls) -> Any:
        return import_string(f"{settings.SESSION_ENGINE}.SessionStore")


class KnownDevice(models.Model):
    """A kind of device a person signed in with, from one part of the Internet; told by mail when it is a new one.

    ``digest`` is all that is kept of the network: a keyed hash of person, agent and network.
    """

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+", related_query_name="known_device")
    agent = models.CharField(max_length=40)
    digest = models.CharField(max_length=64)
    first_at = models.DateTimeField()
    last_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "digest"], name="a_device_of_a_person_is_known_once"),
        ]


class TakenPseudonym(models.Model):
    """A pseudonym that was given once: applications know people by it, so nobody else ever gets it.

    Only a digest is kept; ``person`` is null once they are forgotten.
    """

    digest = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+", related_query_name="taken_pseudonym"
    )
