# SPDX-License-Identifier: AGPL-3.0-or-later
"""What machines ask of the web process: does it live, can it work, how does everything stand.

They stand before Django: they answer whatever the name asked for, before the host is set up and while the door is closed.
Reasons and figures are for who runs the machine: asked on the machine itself, or with ``ARCHIPEL_METRICS_TOKEN``.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
import shutil
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection

from archipel.config import metrics
from archipel.config.hosts import THIS_MACHINE, name_of
from archipel.kernel import door
from archipel.outbox import queries as outbox

PATHS = {"/health/live", "/health/ready", "/metrics"}
# Seconds the worker may be behind before somebody should look: what strikes each minute was missed twice.
LATE = 180.0
# Bytes without which uploads and back-ups fail.
LEAST_ROOM = 500 * 1024**2
# Said by every proxy of what it passes on: whoever says it was not on this machine.
PASSED_ON = ("HTTP_X_FORWARDED_FOR", "HTTP_FORWARDED", "HTTP_VIA")


def monitoring(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer one of ``PATHS``."""
    path = environ["PATH_INFO"]
    if path == "/health/live":
        return _say(start_response, "200 OK", "alive\n")
    administrator = is_administrator(environ)
    if path == "/metrics":
        if not administrator:
            return _say(start_response, "404 Not Found", "")
        return _say(start_response, "200 OK", metrics.exposition(), metrics.CONTENT_TYPE)
    reasons = problems()
    words = "\n".join(reasons) if administrator else "not ready"
    return _say(
        start_response, "503 Service Unavailable" if reasons else "200 OK", f"{words if reasons else 'ready'}\n"
    )


def problems() -> list[str]:
    """Return what stands in the way of working, one sentence each; none: ready."""
    found = []
    try:
        late = outbox.worker_late()
    except (DatabaseError, InterfaceError) as problem:
        connection.close()
        return [f"The database does not answer ({type(problem).__name__})."]
    # While the door is closed the worker begins nothing, and is none the worse for it.
    if late > LATE and not door.is_closed():
        found.append(f"The worker is {late:.0f} s late: is it running?")
    free = shutil.disk_usage(settings.ARCHIPEL_DATA).free
    if free < LEAST_ROOM:
        found.append(f"The disk of the data is full: {free // 1024**2} MB are left.")
    return found


def is_administrator(environ: dict[str, Any]) -> bool:
    """Return whether this was asked on the machine itself, through nobody, or with the token."""
    token = os.environ.get("ARCHIPEL_METRICS_TOKEN", "")
    given = environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    if any(environ.get(name) for name in PASSED_ON) or name_of(environ.get("HTTP_HOST", "")) not in THIS_MACHINE:
        return False
    try:
        return ipaddress.ip_address(environ.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _say(start_response: Callable[..., Any], status: str, body: str | bytes, kind: str = "") -> Iterable[bytes]:
    content = body.encode() if isinstance(body, str) else body
    headers = [
        ("Content-Type", kind or "text/plain; charset=utf-8"),
        ("Content-Length", str(len(content))),
        ("Cache-Control", "no-store"),
    ]
    start_response(status, headers)
    return [content]
