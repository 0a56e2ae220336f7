# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a reader asks besides the page: unless it is the same, only a part, compressed or not (RFC 9110, 12–14)."""

from __future__ import annotations

import re
from collections.abc import Mapping

_RANGE = re.compile(r"bytes=\s*(\d{0,18})\s*-\s*(\d{0,18})\s*")
_TAG = re.compile(r'(?:W/)?("[^"]*")')


class NotSatisfiable(Exception):
    """The part that was asked for lies outside the file."""


def is_known(asked: Mapping[str, str], etag: str, last_modified: str) -> bool:
    """Say whether the reader already has this very file, so that 304 is the answer.

    A date counts only when it is the same: putting an earlier version back online moves it backwards.
    """
    tags = asked.get("HTTP_IF_NONE_MATCH")
    if tags is not None:
        return tags.strip() == "*" or etag in _TAG.findall(tags)
    return asked.get("HTTP_IF_MODIFIED_SINCE") == last_modified


def wanted_part(asked: Mapping[str, str], etag: str, last_modified: str, size: int) -> tuple[int, int] | None:
    """Return (first byte, length) of the one part asked for, or None for the whole; ``NotSatisfiable``.

    Several parts at once, units other than bytes and stale ``If-Range`` are answered with the whole, as allowed.
    """
    header = asked.get("HTTP_RANGE")
    if header is None or asked.get("HTTP_IF_RANGE", etag) not in {etag, last_modified}:
        return None
    match = _RANGE.fullmatch(header)
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size - 1
        if int(last) == 0:
            raise NotSatisfiable
    else:
        start, end = int(first), min(int(last), size - 1) if last else size - 1
        if last and int(last) < int(first):
            return None
    if start >= size:
        raise NotSatisfiable
    return start, end - start + 1


def accepts_gzip(accepted: str) -> bool:
    """Say whether ``Accept-Encoding`` allows gzip (``q=0`` forbids it; ``*`` allows what is not named)."""
    weights = {}
    for wish in accepted[:500].lower().split(","):
        name, _, rest = wish.partition(";")
        weights[name.strip()] = _weight(rest)
    return weights.get("gzip", weights.get("*", 0.0)) > 0


def _weight(rest: str) -> float:
    key, _, value = rest.strip().partition("=")
    if key.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0
