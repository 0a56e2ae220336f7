# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.db import models
from django.db.models import Q

from archipel.identity.models.clients import Client
from archipel.identity.models.persons import Person


class AccountName(models.Model):
    """The user name a person already has in an application, so that the first single sign-on opens the old files.

    ``application`` is the name it went by when the name came in (``nextcloud``), in small letters. ``client`` is set
    once somebody of the host said which client that application is; without it the client of the same name counts.
    """

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+", related_query_name="account_name")
    application = models.CharField(max_length=100)
    client = models.ForeignKey(
        Client, null=True, blank=True, on_delete=models.PROTECT, related_name="+", related_query_name="account_name"
    )
    user_name = models.CharField(max_length=255)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["person", "application"], name="a_person_has_one_name_in_an_application"),
            models.UniqueConstraint(
                fields=["application", "user_name"], name="a_name_in_an_application_is_of_one_person"
            ),
            models.UniqueConstraint(
                fields=["client", "user_name"], condition=~Q(client=None), name="a_name_at_a_client_is_of_one_person"
            ),
            models.CheckConstraint(condition=~Q(user_name=""), name="a_name_in_an_application_is_not_empty"),
        ]
        indexes = [models.Index(fields=["person", "client"], name="account_names_of_a_person")]

    def __str__(self) -> str:
        return f"{self.user_name} ({self.application})"
