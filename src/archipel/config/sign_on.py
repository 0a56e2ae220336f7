# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who tells applications that somebody is out: by HTTP, in the demonstration to this machine only."""

from __future__ import annotations

import os

from django.conf import settings

from archipel.connectors.backchannel.connector import HttpLogout, anywhere, on_this_machine
from archipel.identity.ports import BackchannelLogout


def backchannel_logout() -> BackchannelLogout:
    """Return what speaks to applications; those of the host may be certified by its own authority (``ARCHIPEL_AUTHORITY``)."""
    may = on_this_machine if settings.DEMONSTRATION else anywhere
    return HttpLogout(may, authority=os.environ.get("ARCHIPEL_AUTHORITY", ""))
