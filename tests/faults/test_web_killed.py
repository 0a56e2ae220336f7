# SPDX-License-Identifier: AGPL-3.0-or-later
"""The web process is killed in the middle of a publication: visitors keep the site they had, whole, or get the new one.

Where exactly is held still from outside: the locks of the store keep the new version from being shown, a write to the
database keeps its result from being recorded.
"""

from __future__ import annotations

import http.client
import os
import signal
import threading
from contextlib import ExitStack, closing, suppress

import pytest

from archipel.config.tour.speaking import wait_for
from tests.faults.demonstration import VERSION_ONE, packed
from tests.faults.obstacles import nobody_swaps, nobody_writes

pytestmark = [pytest.mark.server, pytest.mark.slow]

FILES = 1500
VERSION_TWO = {
    "index.html": b"<h1>Version two</h1>",
    "about.html": b"<h1>About two</h1>",
    **{f"pages/{number}.html": f"<p>{number}</p>".encode() * 50 for number in range(FILES)},
}
VERSION_THREE = {"index.html": b"<h1>Version three</h1>", "about.html": b"<h1>About three</h1>"}


class Publication:
    """Somebody who publishes version two by the API, in a thread of their own; ``half``: they stop half-way."""

    def __init__(self, demonstration, *, half: bool = False) -> None:
        self.demonstration = demonstration
        self.path = f"/api/spaces/{demonstration.space_id()}/versions"
        self.token = demonstration.referent().token
        self.half = half
        self.sent = threading.Event()
        self.over = threading.Event()
        self._thread = threading.Thread(target=self._publish, daemon=True)
        self._thread.start()

    def _publish(self) -> None:
        body = packed(VERSION_TWO)
        connection = http.client.HTTPConnection("127.0.0.1", self.demonstration.port, timeout=60)
        with suppress(OSError, http.client.HTTPException), closing(connection):
            connection.putrequest("POST", self.path)
            connection.putheader("Authorization", f"Bearer {self.token}")
            connection.putheader("Content-Type", "application/zip")
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body[: len(body) // 2] if self.half else body)
            self.sent.set()
            connection.getresponse().read()
        self.over.set()

    def join(self) -> None:
        self._thread.join(30)
        assert self.over.is_set()


def kill_web(demonstration) -> int:
    """Kill the web process, and return how ``./run`` ended for it."""
    os.kill(demonstration.web, signal.SIGKILL)
    return demonstration.served.process.wait(30)


def stored(demonstration, sort: str) -> int:
    """Return how many objects of a sort (blobs, versions, uploads) the store holds."""
    folders = (demonstration.data / "websites" / "objects" / "spaces").glob(f"*/{sort}")
    return sum(len(names) for folder in folders for _, _, names in os.walk(folder))


def receiving(demonstration, held: ExitStack) -> None:
    publication = Publication(demonstration, half=True)
    held.callback(publication.join)
    assert publication.sent.wait(30)


def staging(demonstration, held: ExitStack) -> None:
    held.enter_context(nobody_swaps(demonstration.data / "websites"))
    held.callback(Publication(demonstration).join)
    wait_for(lambda: stored(demonstration, "blobs") > 100, "files of version two")


def swapping(demonstration, held: ExitStack) -> None:
    held.enter_context(nobody_swaps(demonstration.data / "websites"))
    held.callback(Publication(demonstration).join)
    wait_for(lambda: stored(demonstration, "versions") == 2, "the list of version two")


def recording(demonstration, held: ExitStack) -> None:
    with nobody_swaps(demonstration.data / "websites"):
        held.callback(Publication(demonstration).join)
        wait_for(lambda: stored(demonstration, "versions") == 2, "the list of version two")
        held.enter_context(nobody_writes(demonstration.data))
    wait_for(lambda: demonstration.page() == VERSION_TWO["index.html"], "version two to be shown")


# Moment, what visitors get then, and what becomes of its row once it is settled.
MOMENTS = [
    (receiving, VERSION_ONE, []),
    (staging, VERSION_ONE, [("abandoned", 0)]),
    (swapping, VERSION_ONE, [("abandoned", 0)]),
    (recording, VERSION_TWO, [("replaced", 1)]),
]


def shown(demonstration) -> dict[str, bytes]:
    return {path: demonstration.page(f"/{path}") for path in VERSION_ONE}


@pytest.mark.parametrize(("moment", "version", "settled"), MOMENTS, ids=[moment.__name__ for moment, *_ in MOMENTS])
def test_web_killed_while_publishing_leaves_a_whole_site(demonstration, moment, version, settled):
    with ExitStack() as held:
        moment(demonstration, held)
        before = shown(demonstration)
        ended = kill_web(demonstration)
    assert before == {path: version[path] for path in VERSION_ONE}
    assert ended != 0
    rows = "SELECT state, kept FROM spaces_publication ORDER BY id"
    assert demonstration.read(rows) == [("online", 1), *(("receiving", 0) for _ in settled)]

    demonstration.start()
    assert shown(demonstration) == before
    versions = f"/api/spaces/{demonstration.space_id()}/versions"
    demonstration.referent().call("POST", versions, expect=201, raw=packed(VERSION_THREE))
    assert shown(demonstration) == VERSION_THREE

    demonstration.move_clock(days=1)
    wait_for(
        lambda: demonstration.read("SELECT 1 FROM spaces_publication WHERE state = 'receiving'") == [],
        "the publication that was cut short to be settled",
    )
    assert demonstration.read(rows) == [("replaced", 1), *settled, ("online", 1)]
    assert (shown(demonstration), stored(demonstration, "uploads")) == (VERSION_THREE, 0)
    told = demonstration.read("SELECT count(*) FROM history_entry WHERE what = 'space.published'")
    assert told == [(2 + len([row for row in settled if row[0] == "replaced"]),)]
