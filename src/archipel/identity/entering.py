# SPDX-License-Identifier: AGPL-3.0-or-later
"""The moment a person enters by a page: the session says on which device, and a new device is told."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login
from django.http import HttpRequest

from archipel.identity import devices, sessions
from archipel.identity.access import client_address
from archipel.identity.models import Person
from archipel.identity.operations.sessions import note_device
from archipel.identity.queries import has_second_factor


def sign_in(request: HttpRequest, person: Person) -> None:
    """Open a session for a person who has just proved who they are, by a link or at the set-up.

    Not for who has a second factor: a link does not replace it, the page of sign-in asks for both.
    """
    if has_second_factor(person):
        return
    login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    note_sign_in(request, person)


def note_sign_in(request: HttpRequest, person: Person) -> None:
    """Write into the session that has just begun on which device it is, and remember the device."""
    agent = devices.agent_of(request.headers.get("User-Agent", ""))
    sessions.mark(request, agent)
    note_device(person=person, agent=agent, address=client_address(request)[0])
