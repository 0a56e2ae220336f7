# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is never written to the log: the secret part of a link, which whoever reads the log could open."""

from __future__ import annotations

import logging
import re

# Django names the path of each answer from 400 on. Public ids have 14 signs, secrets 30 at least.
_SECRET = re.compile(r"(?<=/)[^/\s?]{30,}")


class HideLinks(logging.Filter):
    """Puts a dot in place of what is long enough to be a secret in the paths a record names."""

    def filter(self, record: logging.LogRecord) -> bool:
        if isinstance(record.args, tuple):
            record.args = tuple(_hidden(part) for part in record.args)
        return True


def _hidden(part: object) -> object:
    return _SECRET.sub("…", part) if isinstance(part, str) else part
