# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where sessions are kept (setting ``SESSION_ENGINE``): as Django does, with whose they are beside, so that they can be listed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest

from archipel.identity.models import Session
from archipel.kernel import clock
from archipel.kernel.references import digest

# What a session says of the device it is on: {"agent", "since", "seen"}.
DEVICE = "device"
SEEN_EVERY = timedelta(hours=1)


class SessionStore(DatabaseStore):
    """Writes person and device beside the data they are in, at each save: they follow a change of key by themselves."""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row: Session = super().create_model_instance(data)  # type: ignore[assignment]  # the model of this class
        device = data.get(DEVICE) or {}
        row.person_id = int(data[SESSION_KEY]) if data.get(SESSION_KEY) else None
        row.public_id = public_id_of(row.session_key)
        row.agent = device.get("agent", "")
        row.since, row.seen_at = _instant(device.get("since")), _instant(device.get("seen"))
        return row


def mark(request: HttpRequest, agent: str) -> None:
    """Write into the session of a request on which device it begins."""
    now = clock.now().isoformat()
    request.session[DEVICE] = {"agent": agent, "since": now, "seen": now}


def see(request: HttpRequest) -> None:
    """Note that a session is in use, once an hour; sessions that were never marked are left alone."""
    device = request.session.get(DEVICE)
    if device and clock.now() - datetime.fromisoformat(device["seen"]) > SEEN_EVERY:
        request.session[DEVICE] = {**device, "seen": clock.now().isoformat()}


def public_id_of(session_key: str | None) -> str:
    """Return the id by which the list of sessions names one; empty for none."""
    return digest(session_key)[:20] if session_key else ""


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
