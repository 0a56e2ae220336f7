# SPDX-License-Identifier: AGPL-3.0-or-later
"""What people read while the door is closed: that it lasts a moment, and that nothing is lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from typing import Any

# Seconds after which programs may try again.
RETRY = "60"
PAGE = """<!doctype html>
<html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta name="robots" content="noindex"><title>Fermé pour un moment</title></head>
<body><main><h1>Fermé pour un moment</h1>
<p>Nous mettons cette maison à jour. Rien n’est perdu : revenez dans quelques minutes.</p>
<p lang="en">Closed for a moment: this house is being brought up to date. Nothing is lost, come back in a few minutes.</p>
</main></body></html>
"""
ANSWER = json.dumps(
    {
        "code": "closed",
        "message": "Closed for a moment, nothing was changed. Try again in a few minutes.",
        "field": "",
        "details": {},
    }
)


def closed_door(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer 503: a page, or JSON to programs."""
    is_api = environ.get("PATH_INFO", "").startswith("/api/")
    content = (ANSWER if is_api else PAGE).encode()
    headers = [
        ("Content-Type", "application/json" if is_api else "text/html; charset=utf-8"),
        ("Content-Length", str(len(content))),
        ("Cache-Control", "no-store"),
        ("Retry-After", RETRY),
        ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ]
    start_response("503 Service Unavailable", headers)
    return [content]
