# SPDX-License-Identifier: AGPL-3.0-or-later
"""What systemd is told of a process (sd_notify(3)): that it is ready, that it is alive, that it stops."""

from __future__ import annotations

import os
import socket


def notify(words: str) -> None:
    """Send ``READY=1``, ``WATCHDOG=1`` or ``STOPPING=1`` to who started this process, if they asked (NOTIFY_SOCKET)."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        try:
            line.sendto(words.encode(), "\0" + address[1:] if address.startswith("@") else address)
        except OSError:
            return
