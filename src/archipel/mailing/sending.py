# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who sends, as the configuration says (setting ``MAIL_SENDER``), and when a server that was silent is asked again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import lru_cache

from django.conf import settings
from django.utils.module_loading import import_string

from archipel.mailing.ports import MailSender

TRIED_FOR = timedelta(hours=48)
_WAITS = (60, 300, 900, 1800)
_LONGEST_WAIT = 3600


@lru_cache(maxsize=1)
def mail_sender() -> MailSender:
    """Return what fills the port in this process."""
    build: Callable[[], MailSender] = import_string(settings.MAIL_SENDER)
    return build()


def wait_after(tries: int, at_least: float = 0) -> timedelta:
    """Return how long to wait after so many tries: greylisting lets in after some minutes, a dead server takes hours."""
    usual = _WAITS[tries - 1] if 0 < tries <= len(_WAITS) else _LONGEST_WAIT
    return timedelta(seconds=max(usual, at_least))
