# SPDX-License-Identifier: AGPL-3.0-or-later
"""The web process: waitress, one process with threads.

Waitress receives whole requests in one loop before it gives them to a thread, so a slow upload holds no thread
(docs/decisions/0003-web-server.md).
"""

from __future__ import annotations

import logging
from typing import Any

from django.conf import settings
from waitress.server import create_server

THREADS = 8
LARGEST_BODY = 2 * 1024**3


def serve(bind: str, port: int) -> None:
    """Answer until the process is told to stop."""
    from archipel.config.wsgi import application  # late: Django must be set up in this very process

    logging.getLogger("waitress.queue").setLevel(logging.ERROR)
    server = create_server(application, host=bind, port=port, **options())  # type: ignore[no-untyped-call]  # waitress ships no types
    server.run()


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
