# SPDX-License-Identifier: AGPL-3.0-or-later
"""Twelve uploads of a minute at once, and all the while every page answers in less than 300 ms."""

from __future__ import annotations

import os
import time

import pytest

from archipel.portal.demonstration.sign_ins import PASSPHRASE
from tests.faults.demonstration import DESK, REFERENT, SITE, packed
from tests.faults.processor import Share, own_seconds
from tests.faults.visitor import SlowPost, Visitor, multipart

pytestmark = [pytest.mark.server, pytest.mark.slow]

SECONDS, UPLOADS, LONGEST = 60.0, 12, 0.3
SIZE = 6_000_000
EVERY = 0.5


def a_site(number: int) -> bytes:
    """A zip of a page and photographs, which no line sends faster for being packed."""
    photographs = {f"photograph-{place}.jpg": os.urandom(SIZE // 6) for place in range(6)}
    return packed({"index.html": f"<h1>Site {number}</h1>".encode(), **photographs})


def uploads(demonstration) -> list[SlowPost]:
    """One is sent by the form of the site's page, as a browser does; the others by programs."""
    space_id, port = demonstration.space_id(), demonstration.port
    person = Visitor(port).sign_in(REFERENT, PASSPHRASE)
    token = person.token(f"/spaces/{space_id}/")
    body, kind = multipart("archive", "site.zip", a_site(0), csrfmiddlewaretoken=token)
    headers = {"Content-Type": kind, "Cookie": person.cookie}
    posts = [SlowPost(port, f"/spaces/{space_id}/publish/", body, headers, seconds=SECONDS)]
    program = {"Content-Type": "application/zip", "Authorization": f"Bearer {demonstration.referent().token}"}
    path = f"/api/spaces/{space_id}/versions"
    return posts + [SlowPost(port, path, a_site(number), program, seconds=SECONDS) for number in range(1, UPLOADS)]


def pages(demonstration) -> dict[str, tuple[Visitor, str, str]]:
    """The pages that are asked for meanwhile: who asks, where, under which name."""
    desk = Visitor(demonstration.port).sign_in(DESK, PASSPHRASE)
    home = "127.0.0.1"
    return {
        "front page": (Visitor(demonstration.port), "/", home),
        "hosted page": (Visitor(demonstration.port), "/", SITE),
        "desk": (desk, "/desk/", home),
    }


def asked(web: int, visitor: Visitor, path: str, host: str) -> float:
    """Return the seconds that a page took the web process."""
    before, began = Share.of(web), time.monotonic()
    status, _ = visitor.ask(path, host=host)
    took = time.monotonic() - began
    assert status == 200
    return own_seconds(took, before, Share.of(web))


def test_slow_uploads_succeed_while_every_page_answers_fast(demonstration):
    posts, wanted, web = uploads(demonstration), pages(demonstration), demonstration.web
    for page in wanted.values():  # what is done once in the life of a process is not the subject
        asked(web, *page)
    slowest = dict.fromkeys(wanted, 0.0)
    began, rounds = time.monotonic(), 0
    while rounds < UPLOADS or any(post.is_alive() for post in posts):
        if rounds < UPLOADS:
            posts[rounds].start()
        for name, page in wanted.items():
            slowest[name] = max(slowest[name], asked(web, *page))
        rounds += 1
        time.sleep(max(0.0, began + rounds * EVERY - time.monotonic()))
    print({name: f"{seconds * 1000:.0f} ms" for name, seconds in slowest.items()})
    assert [(post.status, post.problem) for post in posts] == [(302, ""), *[(201, "")] * (UPLOADS - 1)]
    assert min(post.sending for post in posts) >= SECONDS
    assert rounds >= SECONDS
    assert {name: seconds for name, seconds in slowest.items() if seconds >= LONGEST} == {}
