# SPDX-License-Identifier: AGPL-3.0-or-later
"""What every page knows of the installation it belongs to."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.module_loading import import_string

from archipel.host import queries


def host_of_page(request: HttpRequest) -> dict[str, Any]:
    """Return ``host``, its menu (``nav``, built above through setting ``PAGE_MENU``) and the demonstration's links."""
    host = queries.current()
    menu = import_string(settings.PAGE_MENU)
    return {
        "host": host,
        "demonstration": settings.DEMONSTRATION,
        "mailbox_url": "/demonstration/mails/" if settings.DEMONSTRATION else "",
        "language_url": "/language/",
        # Shown on error pages: who writes to us names it, and the log is searched for it.
        "request_number": request.META.get("archipel.request", ""),
        **menu(request),
    }
