# SPDX-License-Identifier: AGPL-3.0-or-later
"""The door of the web process: hosted sites are served before Django sees the request.

A request for a hosted site never passes session, CSRF or sign-in code.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import Any

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "archipel.config.settings")
portal = get_wsgi_application()

from archipel.config.closed_door import closed_door  # noqa: E402 - needs Django's settings
from archipel.config.hosts import elsewhere, is_portal  # noqa: E402 - needs Django's settings
from archipel.config.monitoring import PATHS, monitoring  # noqa: E402 - needs Django's settings
from archipel.config.observing import ROUTE, observed  # noqa: E402 - needs Django's settings
from archipel.config.sites import is_site, sites_application  # noqa: E402 - needs Django's settings
from archipel.kernel import door  # noqa: E402 - needs Django's settings

FOR_THE_PROXY = "/internal/certificate"


def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
    """Answer as a hosted site or as the portal, by the name asked for; machines that watch are answered first."""
    if environ.get("PATH_INFO") in PATHS:
        environ[ROUTE] = "health"
        return monitoring(environ, start_response)
    if not door.opens(environ.get("HTTP_X_ARCHIPEL_DOOR", "")):
        environ[ROUTE] = "door"
        return closed_door(environ, start_response)
    name = environ.get("HTTP_HOST", "")
    if environ.get("PATH_INFO") == FOR_THE_PROXY and not is_site(name):
        # Our proxy asks by whatever name it finds this process under; who else asks is told 404 there.
        return portal(environ, start_response)
    if is_site(name):
        environ[ROUTE] = "site"
        page: Iterable[bytes] = sites_application()(environ, start_response)
        return page
    # Without a name it is a probe (HTTP/1.0): it gets no address built from what it did not say.
    if name and not is_portal(name):
        environ[ROUTE] = "elsewhere"
        return elsewhere(environ, start_response)
    found: Iterable[bytes] = portal(environ, start_response)
    return found


application = observed(answer)
