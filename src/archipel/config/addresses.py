# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where the web process listens, and why it could not."""

from __future__ import annotations

import errno
import ipaddress
import socket


def is_loopback(bind: str) -> bool:
    """Return whether only this computer reaches an address."""
    if bind == "localhost":
        return True
    try:
        return ipaddress.ip_address(bind).is_loopback
    except ValueError:
        return False


def problem_of(bind: str, port: int) -> str:
    """Return why nothing can listen there, in one sentence; empty when it can."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    try:
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((bind, port))
    except OSError as problem:
        if problem.errno == errno.EADDRINUSE:
            return f"Port {port} is taken on {bind}. Choose another one: PORT={port + 1} ./run"
        if problem.errno == errno.EACCES:
            return f"Port {port} is for the system only. Choose one from 1024 on: PORT=8000 ./run"
        return f"BIND={bind} is no address of this computer ({problem.strerror})."
    return ""
