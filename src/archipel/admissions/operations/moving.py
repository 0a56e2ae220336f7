# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one place that moves a request, and what every move records. Not exported: operations call it."""

from __future__ import annotations

from typing import Any

from archipel.admissions.models import Request, Wave
from archipel.admissions.states import REQUEST, WAVE
from archipel.catalogue import queries as catalogue
from archipel.conversations import operations as conversations
from archipel.conversations.models import Conversation
from archipel.history import operations as history
from archipel.host import queries as host
from archipel.kernel import clock


def locked(*, request: Request) -> Request:
    """Read a request again, locked until the end of the caller's transaction.

    With what most operations need only: a wave opens a thousand requests, each read twice.
    """
    related = ("service", "tier", "organisation", "person", "agreement")
    return Request.objects.select_for_update(of=("self",)).select_related(*related).get(pk=request.pk)


def move(*, request: Request, to: str, **changes: Any) -> Request:
    """Move a locked request (``MoveRefused``) and save what changes with it."""
    REQUEST.check(request.state, to)
    request.state, request.since = to, clock.now()
    for name, value in changes.items():
        setattr(request, name, value)
    request.save()
    return request


def locked_wave(*, wave: Wave) -> Wave:
    """Read a wave again, locked until the end of the caller's transaction."""
    return Wave.objects.select_for_update(of=("self",)).select_related("service").get(pk=wave.pk)


def move_wave(*, wave: Wave, to: str, **changes: Any) -> Wave:
    """Move a locked wave (``MoveRefused``) and save what changes with it."""
    WAVE.check(wave.state, to)
    wave.state = to
    for name, value in changes.items():
        setattr(wave, name, value)
    wave.save()
    return wave


def record(*, what: str, request: Request, actor: Any = None, visible: str = "organisation", **details: Any) -> None:
    """Write an entry of history about a request."""
    organisation = request.organisation
    history.record(
        what=what,
        about=("request", request.public_id, request.reference or request.organisation_name),
        organisation_id=organisation.public_id if organisation else "",
        actor=actor,
        visible="host" if visible == "host" or organisation is None else "organisation",
        **details,
    )


def thread_of(*, request: Request) -> Conversation:
    """Return the thread of a request, whoever takes part in it."""
    subject = f"{request.reference} · {catalogue.service_name(request.service, request.language)}"
    return conversations.open_conversation(
        about=("request", request.public_id), subject=subject, organisation=request.organisation
    )


def conversation_of(*, request: Request) -> Conversation:
    """Return the thread of a request with its asker in it, who comes back to it if they had left."""
    conversation = thread_of(request=request)
    if request.email:
        conversations.add_participant(
            conversation=conversation,
            email=request.email,
            name=request.person_name,
            side="them",
            person=request.person,
            language=request.language,
        )
    return conversation


def host_languages() -> list[str]:
    return list(host.current().languages or ["fr"])
