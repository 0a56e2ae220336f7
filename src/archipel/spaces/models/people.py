# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models

from archipel.spaces.models.spaces import Space


class SpaceRole(models.Model):
    """What one person enters a space with, whatever their role in the organisation; no role: does not enter."""

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="own_roles")
    person = models.ForeignKey(
        "identity.Person", on_delete=models.PROTECT, related_name="+", related_query_name="space_role"
    )
    role = models.CharField(max_length=40, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["space", "person"], name="a_person_has_one_role_of_their_own_in_a_space")
        ]


class AwaitedRole(models.Model):
    """A role of one's own that came with a bundle, for an address nobody here has confirmed yet: given when they join."""

    space = models.ForeignKey(Space, on_delete=models.PROTECT, related_name="awaited_roles")
    email = models.EmailField(max_length=254)
    role = models.CharField(max_length=40, blank=True)
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["space", "email"], name="an_address_is_awaited_with_one_role_in_a_space")
        ]


class Application(models.Model):
    """What the worker last read of the recipe behind a connector: pages and entries know it from here.

    ``roles`` are pairs (role of a space, word the application is told), ``versions`` oldest first; the last is for new spaces.
    """

    connector = models.CharField(max_length=30, unique=True)
    roles = models.JSONField(default=list)
    versions = models.JSONField(default=list)
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.connector
