# SPDX-License-Identifier: AGPL-3.0-or-later
"""Speaks HTTP to an application, with a timeout, and tells its answers apart."""

from __future__ import annotations

import requests

from archipel.kernel.outside import RefusedOutside, TryLater

TIMEOUT = 5.0
# What an application answers is not read beyond this; only its status counts.
READ_AT_MOST = 4096
_CODES = {400: "bad_input", 401: "forbidden", 403: "forbidden", 404: "unknown", 410: "unknown"}


def post_logout_token(address: str, token: str, timeout: float = TIMEOUT) -> None:
    """Hand a logout token over (``TryLater``, ``RefusedOutside``). Redirections are not followed.

    The answer is 200 or 204, and 400 for a token that is not taken (OpenID Connect Back-Channel Logout 1.0, 2.8).
    """
    try:
        with requests.post(
            address, data={"logout_token": token}, timeout=timeout, allow_redirects=False, stream=True
        ) as answer:
            status = answer.status_code
            words = answer.raw.read(READ_AT_MOST, decode_content=True).decode("utf-8", "replace")[:200]
    except (requests.RequestException, OSError) as problem:
        raise TryLater(f"no answer to the logout token: {type(problem).__name__}") from problem
    if status in (200, 204):
        return
    if status in (408, 425, 429) or status >= 500:
        raise TryLater(f"the application answered {status} to the logout token")
    code = _CODES.get(status, "bad_input")
    raise RefusedOutside(code, f"the application answered {status} to the logout token: {words}", about=address)
