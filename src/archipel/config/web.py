# SPDX-License-Identifier: AGPL-3.0-or-later
"""``archipel web``: several processes that answer on one socket, for a host behind a proxy."""

from __future__ import annotations

import logging

from archipel.config.addresses import is_loopback, problem_of
from archipel.config.preparation import CannotStart, wait_until_prepared
from archipel.config.processes import Crew
from archipel.config.serve import listen, serve
from archipel.config.shared_counting import shared_counting
from archipel.config.systemd import notify

logger = logging.getLogger("archipel.web")


def serve_all(bind: str, port: int, processes: int) -> int:
    """Answer with so many processes until told to stop, and return the exit code; ``CannotStart`` says why not."""
    from django.conf import settings  # late: its reading must not come before the command line's

    if settings.DEMONSTRATION and not is_loopback(bind):
        raise CannotStart(
            f"The demonstration only listens on this computer: BIND={bind} is refused (127.0.0.1 or ::1)."
        )
    problem = problem_of(bind, port)
    if problem:
        raise CannotStart(problem)
    wait_until_prepared()
    with shared_counting():
        # Late: loaded once Django is set up, and before the processes part: they share its memory.
        from archipel.config import metrics, wsgi
        from archipel.config.keycloak import forget_credentials

        forget_credentials()
        listening = listen(bind, port)
        logger.info("%d processes of %s answer on %s:%d", processes, wsgi.__name__, bind, port)
        notify("READY=1")
        return Crew("web", processes, lambda: serve(listening), ended=metrics.forget_process).run()
