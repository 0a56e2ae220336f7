# SPDX-License-Identifier: AGPL-3.0-or-later
"""A host moves in with ``./run`` serving meanwhile: persons with weak hashes, their organisations, roles and user names.

Seconds from the press of the button until the last person is in; the p95 of pages that are asked for all the while; and
how long a writer had to wait for the database at worst: for one transaction, or for a gap between several.
"""

from __future__ import annotations

import http.client
import json
import re
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import closing
from pathlib import Path
from statistics import quantiles
from urllib.parse import urlencode

from bench.serving import ROOT, Served, environment_for, free_port

PERSONS, LONGEST, SLOWEST, LONGEST_WRITE = 50_000, 900.0, 0.300, 1.0
GIVEN_UP_AFTER = 3600.0
PAGES = [("/", False), ("/services/", False), ("/desk/", True), ("/desk/people/", True), ("/desk/organisations/", True)]
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Onlooker:
    """Asks for pages one after the other, as somebody does who is in a hurry, and notes how long each took."""

    def __init__(self, port: int, cookie: str) -> None:
        self.port, self.cookie = port, cookie
        self.seconds: list[float] = []
        self.waits: list[tuple[float, float]] = []
        self.began = time.monotonic()
        self.over = threading.Event()

    def look(self) -> None:
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            place = 0
            while not self.over.wait(0.2):
                path, signed_in = PAGES[place % len(PAGES)]
                place += 1
                began = time.perf_counter()
                connection.request("GET", path, headers={"Cookie": self.cookie} if signed_in else {})
                answer = connection.getresponse()
                answer.read()
                if answer.status != 200:
                    raise SystemExit(f"{path} answered {answer.status}")
                self.seconds.append(time.perf_counter() - began)

    def wait_to_write(self, books: Path) -> None:
        """Ask for the write lock now and then, and give it back at once."""
        with closing(sqlite3.connect(books, timeout=60, isolation_level=None)) as connection:
            while not self.over.wait(0.05):
                began = time.perf_counter()
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("ROLLBACK")
                self.waits.append((time.perf_counter() - began, time.monotonic()))


class House:
    """The import as its page and its database show it."""

    def __init__(self, data: Path, port: int) -> None:
        found = json.loads((data / "bench.json").read_text())
        self.books, self.port = data / "archipel.sqlite3", port
        self.cookie, self.path = found["cookie"], f"/desk/imports/{found['batch']}/"

    def stands(self) -> tuple[str, int, int]:
        with closing(sqlite3.connect(f"file:{self.books}?mode=ro", uri=True, timeout=30)) as books:
            return tuple(books.execute("SELECT state, done, records FROM organisations_batch").fetchone())

    def until(self, state: str) -> float:
        """Wait for a state; return the seconds it took."""
        began = told = time.monotonic()
        while (now := self.stands())[0] != state:
            if time.monotonic() - began > GIVEN_UP_AFTER:
                raise SystemExit(f"given up after {GIVEN_UP_AFTER:.0f} s: {now}")
            if time.monotonic() - told > 20:
                told = time.monotonic()
                print(f"{told - began:6.0f} s  {now[1]} of {now[2]} lines are in", flush=True)
            time.sleep(0.2)
        return time.monotonic() - began

    def press(self) -> None:
        """Press the button of the page."""
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)) as connection:
            connection.request("GET", self.path, headers={"Cookie": self.cookie})
            answer = connection.getresponse()
            token = TOKEN.search(answer.read().decode())
            cookies = [self.cookie, *(one.split(";")[0] for one in answer.headers.get_all("Set-Cookie") or [])]
            if token is None:
                raise SystemExit(f"{self.path} answered {answer.status}")
            typed = urlencode({"csrfmiddlewaretoken": token[1]})
            headers = {"Cookie": "; ".join(cookies), "Content-Type": "application/x-www-form-urlencoded"}
            connection.request("POST", f"{self.path}apply/", typed, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 302:
                raise SystemExit(f"{self.path}apply/ answered {answer.status}")


def run(folder: Path, persons: int) -> bool:
    data, port = folder / "data", free_port()
    command = [sys.executable, "-m", "bench.seed", "import", str(persons)]
    subprocess.run(command, check=True, env=environment_for(data, port), cwd=ROOT)
    with Served(data, port) as served:
        house = House(data, port)
        onlooker = Onlooker(port, house.cookie)
        threads = [
            threading.Thread(target=onlooker.look, daemon=True),
            threading.Thread(target=onlooker.wait_to_write, args=(house.books,), daemon=True),
        ]
        for thread in threads:
            thread.start()
        print(f"read in {house.until('ready'):.0f} s: {house.stands()[2]} lines to import", flush=True)
        house.press()
        seconds, processor = house.until("applied"), served.processor_seconds()
        onlooker.over.set()
        for thread in threads:
            thread.join()
    return judged(persons, seconds, processor, onlooker)


def judged(persons: int, seconds: float, processor: float, onlooker: Onlooker) -> bool:
    p95 = quantiles(onlooker.seconds, n=20, method="inclusive")[-1]
    write, ended = max(onlooker.waits)
    most = LONGEST * persons / PERSONS
    print(
        f"processor {processor:.0f} s; {len(onlooker.seconds)} pages; longest wait for the write lock {write:.2f} s (at most {LONGEST_WRITE:.0f}), {ended - onlooker.began:.0f} s after the start"
    )
    print(
        f"{persons} persons in {seconds:.0f} s (at most {most:.0f}), {persons / seconds:.0f} persons a second,"
        f" p95 of pages meanwhile {p95 * 1000:.0f} ms (at most {SLOWEST * 1000:.0f})"
    )
    return seconds <= most and p95 <= SLOWEST and write <= LONGEST_WRITE


def main() -> int:
    persons = int(sys.argv[1]) if len(sys.argv) > 1 else PERSONS
    with tempfile.TemporaryDirectory(prefix="archipel-bench-") as folder:
        return 0 if run(Path(folder), persons) else 1


if __name__ == "__main__":
    sys.exit(main())
