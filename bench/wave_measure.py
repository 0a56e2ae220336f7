# SPDX-License-Identifier: AGPL-3.0-or-later
"""A wave of agreed requests, opened unattended by the worker processes that ``./run`` starts.

Seconds from the start of ``./run`` until every request is open; how much slower the last hundred openings were than
the second hundred; and 50 sites, chosen at random, looked at as visitors do.
"""

from __future__ import annotations

import http.client
import random
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bench.serving import ROOT, Served, environment_for, free_port

REQUESTS, LONGEST, LARGEST_RATIO, LOOKED_AT = 1627, 120.0, 1.2, 50
GIVEN_UP_AFTER = 900.0


@dataclass(frozen=True)
class Site:
    """An opened site: the name it answers to, the title it must show, and when it was open."""

    name: str
    title: str
    opened_at: datetime


class Books:
    """The database of the house, read from outside."""

    def __init__(self, data: Path) -> None:
        self.path = data / "archipel.sqlite3"

    def read(self, query: str) -> list[tuple]:
        with closing(sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=30)) as books:
            return books.execute(query).fetchall()

    def opened(self) -> int:
        return self.read("SELECT count(*) FROM admissions_request WHERE state = 'open'")[0][0]

    def undelivered(self) -> int:
        return self.read("SELECT count(*) FROM outbox_job WHERE state = 'pending' AND unique_key IS NULL")[0][0]

    def sites(self) -> list[Site]:
        rows = self.read(
            "SELECT address.name, space.title, space.opened_at FROM spaces_space space"
            " JOIN spaces_address address ON address.space_id = space.id WHERE space.state = 'open'"
            " ORDER BY space.opened_at"
        )
        return [Site(name, title, datetime.fromisoformat(opened_at)) for name, title, opened_at in rows]


def opened_in(books: Books, wanted: int, began: float) -> float:
    """Wait until all are open; return seconds since ``began``."""
    told = began
    while (opened := books.opened()) < wanted:
        now = time.monotonic()
        if now - began > GIVEN_UP_AFTER:
            raise SystemExit(f"given up after {GIVEN_UP_AFTER:.0f} s: {opened} of {wanted} are open")
        if now - told > 10:
            told = now
            print(f"{now - began:6.0f} s  {opened} of {wanted} open, {len(books.sites())} sites", flush=True)
        time.sleep(0.5)
    return time.monotonic() - began


def slowdown(sites: list[Site]) -> float:
    """Return the time of the last hundred openings over that of the second hundred."""
    moments = [site.opened_at for site in sites]
    if len(moments) < 300:
        raise SystemExit("fewer than 300 openings say nothing of how they slow down")
    return (moments[-1] - moments[-101]) / (moments[199] - moments[99])


def looked_at(port: int, sites: list[Site]) -> int:
    """Fetch sites as visitors do; return how many answered with their title."""
    good = 0
    for site in sites:
        with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=30)) as connection:
            connection.request("GET", "/", headers={"Host": f"{site.name}:{port}"})
            answer = connection.getresponse()
            good += answer.status == 200 and site.title in answer.read().decode()
    return good


def run(folder: Path, wanted: int) -> bool:
    data, port = folder / "data", free_port()
    began = time.monotonic()
    command = [sys.executable, "-m", "bench.seed", "wave", str(wanted)]
    subprocess.run(command, check=True, env=environment_for(data, port), cwd=ROOT)
    print(f"{wanted} agreed requests written in {time.monotonic() - began:.0f} s", flush=True)
    books, began = Books(data), time.monotonic()
    with Served(data, port) as served:
        seconds = opened_in(books, wanted, began)
        sites = books.sites()
        good = looked_at(served.port, random.sample(sites, min(LOOKED_AT, len(sites))))
        print(
            f"started in {served.seconds:.1f} s; processor {served.processor_seconds():.0f} s;"
            f" {books.undelivered()} messages still to be delivered"
        )
    ratio = slowdown(sites)
    print(
        f"{seconds:.1f} s for {wanted} openings (at most {LONGEST:.0f}), last hundred ÷ second hundred {ratio:.2f}"
        f" (at most {LARGEST_RATIO}), {good} of {LOOKED_AT} sites answered"
    )
    return seconds <= LONGEST and ratio <= LARGEST_RATIO and good == LOOKED_AT


def main() -> int:
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else REQUESTS
    with tempfile.TemporaryDirectory(prefix="archipel-bench-") as folder:
        return 0 if run(Path(folder), wanted) else 1


if __name__ == "__main__":
    sys.exit(main())
