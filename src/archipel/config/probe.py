# SPDX-License-Identifier: AGPL-3.0-or-later
"""``python -m archipel.config.probe``: asks the process of this container or unit whether it lives; loads no Django.

Without a word it asks the web process, with ``worker`` it looks at the worker's sign of life. 0 when well, else 1 and why.
``pages KEY`` reads the pages an upgrade must show, through a closed door; ``pages KEY ADDRESS`` those of a web process elsewhere;
``ready`` asks besides whether it has all it needs.
"""

from __future__ import annotations

import os
import sys
import time
import urllib.error
import urllib.request
from contextlib import suppress

from archipel.config.secret_files import UnreadableSecret, read_secret_files
from archipel.outbox.beat import beat_file

# Seconds without a sign of life after which the worker is taken for dead; it gives one a second.
SILENCE = 60.0
OPENS_REASONS = "ARCHIPEL_METRICS_TOKEN"
READY = "/health/ready"
PAGES = ("/", "/account/login/", "/api/openapi.json")
ENOUGH = 200


def main(words: list[str]) -> int:
    """Say what is wrong on the error output and return the exit code."""
    if words[:1] == ["worker"]:
        problem = _problem_of_worker()
    elif words[:1] == ["pages"]:
        problem = _problem_of(PAGES, *words[1:])
    elif words[:1] == ["ready"]:
        problem = _problem_of((READY, *PAGES), *words[1:])
    else:
        problem = _problem_at(_here(), "/health/live", "")
    if problem:
        print(problem, file=sys.stderr)
    return 1 if problem else 0


def _problem_of_worker() -> str:
    try:
        silent = time.time() - beat_file().stat().st_mtime
    except OSError:
        return "the worker has given no sign of life yet"
    return f"the worker has been silent for {silent:.0f} s" if silent > SILENCE else ""


def _here() -> str:
    return f"http://127.0.0.1:{os.environ.get('PORT') or 8000}"


def _problem_of(paths: tuple[str, ...], key: str = "", address: str = "") -> str:
    return "; ".join(problem for path in paths if (problem := _problem_at(address or _here(), path, key)))


def _problem_at(address: str, path: str, key: str) -> str:
    # Under the machine's own name: the portal answers to it whatever it is called.
    headers = {"Host": "localhost"} | ({"X-Archipel-Door": key} if key else {})
    if token := _token():
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(f"{address}{path}", headers=headers)  # noqa: S310 - our own address
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - as above
            body = answer.read()
    except urllib.error.HTTPError as answer:
        words = answer.read(300).decode(errors="replace")
        # A host that nobody has set up yet says so, and is well.
        return "" if '"not_set_up"' in words else f"{path} answers {answer.code}: {words}"
    except OSError as problem:
        return f"{path} does not answer: {problem}"
    # A page that is empty is broken, whatever its status says.
    return "" if len(body) >= (2 if path.startswith("/health/") else ENOUGH) else f"{path} is empty"


def _token() -> str:
    """Return what opens the reasons to who asks from another container; empty when there is none here."""
    mine = {name: value for name, value in os.environ.items() if name.startswith(OPENS_REASONS)}
    with suppress(UnreadableSecret):
        read_secret_files(mine)
    return mine.get(OPENS_REASONS, "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
