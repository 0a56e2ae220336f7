# SPDX-License-Identifier: AGPL-3.0-or-later
"""The web process: waitress, with threads; one of them in front of a terminal, several on a host that grows.

Waitress receives whole requests in one loop before it gives them to a thread, so a slow upload holds no thread
(docs/decisions/0003-web-server.md, 0037-deployment.md).
"""

from __future__ import annotations

import logging
import signal
import socket
import time
from typing import Any

from django.conf import settings
from waitress.server import create_server

THREADS = 8
LARGEST_BODY = 2 * 1024**3
# Seconds that requests already begun have to end once the process is told to stop.
DRAIN = 20.0


def listen(bind: str, port: int) -> socket.socket:
    """Return a socket that listens there; several processes may share it, each takes connections from it."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    listening = socket.create_server((bind, port), family=family, backlog=1024)
    listening.setblocking(False)
    return listening


def serve(listening: socket.socket) -> None:
    """Answer until the process is told to stop (SIGTERM, SIGINT), then end what was begun and return."""
    from archipel.config.wsgi import application  # late: Django must be set up in this very process

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = create_server(application, sockets=[listening], **options())  # type: ignore[no-untyped-call]  # waitress ships no types
    told: list[int] = []

    def stop(number: int, _frame: object) -> None:
        told.append(number)
        server.pull_trigger()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not told:
        _turn(server, 1.0)
    _drain(server)


def _turn(server: Any, seconds: float) -> None:
    server.asyncore.loop(timeout=seconds, map=server._map, use_poll=True, count=1)


def _drain(server: Any) -> None:
    """Take no more connections, and give each open one the end of its answer."""
    server.del_channel()
    server.socket.close()
    end = time.monotonic() + DRAIN
    while server.active_channels and time.monotonic() < end:
        for channel in list(server.active_channels.values()):
            if not (channel.requests or channel.request or channel.total_outbufs_len):
                channel.handle_close()
        _turn(server, 0.1)
    server.task_dispatcher.shutdown()


def options() -> dict[str, Any]:
    """Return how waitress is asked to serve.

    Behind a proxy what it says of a request (https, whose address) must arrive here; without one, whoever says so lies.
    """
    return {
        "threads": THREADS,
        "ident": None,
        "max_request_body_size": LARGEST_BODY,
        "inbuf_overflow": 1024 * 1024,
        "connection_limit": 400,
        "channel_timeout": 180,
        "clear_untrusted_proxy_headers": settings.SECURE_PROXY_SSL_HEADER is None,
    }
