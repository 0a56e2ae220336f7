# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where django-allauth asks what is ours: who may sign up, how a person is made."""

from __future__ import annotations

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

from archipel.identity.models import Person
from archipel.kernel import clock


class AccountAdapter(DefaultAccountAdapter):
    def new_user(self, request: HttpRequest) -> Person:  # noqa: ARG002
        return Person(created_at=clock.now())

    def is_open_for_signup(self, request: HttpRequest) -> bool:  # noqa: ARG002
        return True

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        """Persons have an address, no user name."""
