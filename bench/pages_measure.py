# SPDX-License-Identifier: AGPL-3.0-or-later
"""How long pages take in a large house and in one of a hundredth of it, over HTTP, with nothing cached.

Bounds: in the large house p95 ≤ 150 ms; as many queries as in the small one; median at most 1.3 times as long. The
best of 7 rounds counts for each figure, the two houses asked in turns, so that what else the machine does weighs less.
"""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median, quantiles
from urllib.parse import quote

from bench.serving import QUERIES_HEADER, ROOT, Served, environment_for, free_port

ROUNDS = 7
SLOWEST, LARGEST_RATIO = 0.150, 1.3
SCALES = {"full": 100, "small": 1}
Page = tuple[str, str, str]
# Name, path with what varies in braces, and whose cookie is sent.
PAGES: list[Page] = [
    ("front page", "/", ""),
    ("services", "/services/", ""),
    ("service", "/services/site/", ""),
    ("request form", "/services/site/request/", ""),
    ("Today", "/desk/", "desk"),
    ("desk requests", "/desk/requests/", "desk"),
    ("desk request", "/desk/requests/{requests}/", "desk"),
    ("desk organisations", "/desk/organisations/", "desk"),
    ("desk organisation", "/desk/organisations/{organisations}/", "desk"),
    ("desk search", "/desk/organisations/?q={names}", "desk"),
    ("desk people", "/desk/people/?q={emails}", "desk"),
    ("desk person", "/desk/people/{persons}/", "desk"),
    ("desk spaces", "/desk/spaces/", "desk"),
    ("desk space", "/desk/spaces/{spaces}/", "desk"),
    ("desk history", "/desk/history/", "desk"),
    ("launcher", "/home/", "referents"),
    ("own organisation", "/organisations/{organisations}/", "referents"),
    ("people", "/organisations/{organisations}/people/", "referents"),
    ("own history", "/organisations/{organisations}/history/", "referents"),
    ("own space", "/spaces/{spaces}/", "referents"),
    ("own request", "/requests/{requests}/", "referents"),
]


class NoPage(Exception):
    """What a page answered instead of itself."""


@dataclass
class Times:
    """Best median and best p95 of the rounds, in seconds; every number of queries that was seen."""

    median: float = float("inf")
    p95: float = float("inf")
    queries: set[int] = field(default_factory=set)

    def add(self, seconds: list[float]) -> None:
        self.median = min(self.median, median(seconds))
        self.p95 = min(self.p95, quantiles(seconds, n=20, method="inclusive")[-1])


class House:
    """A served house, one kept connection to it, and who may look at what."""

    def __init__(self, data: Path, served: Served) -> None:
        self.subjects: dict[str, list[str]] = json.loads((data / "bench.json").read_text())
        self.connection = http.client.HTTPConnection("127.0.0.1", served.port, timeout=60)

    def look(self, path: str, who: str, place: int) -> tuple[float, int]:
        """Fetch a page as the ``place``-th subject; return seconds and queries."""
        chosen = {name: quote(values[place % len(values)]) for name, values in self.subjects.items()}
        headers = {"Accept-Language": "fr"}
        if who:
            headers["Cookie"] = self.subjects[who][place % len(self.subjects[who])]
        address = path.format(**chosen)
        began = time.perf_counter()
        self.connection.request("GET", address, headers=headers)
        answer = self.connection.getresponse()
        answer.read()
        took = time.perf_counter() - began
        if answer.status != 200:
            raise NoPage(f"{address} answered {answer.status} {answer.getheader('Location', '')}")
        return took, int(answer.getheader(QUERIES_HEADER, "-1"))


def made(folder: Path, scale: int) -> tuple[Path, int]:
    """Return a seeded data folder and the port it was made for; a cached one is used again."""
    data = folder / f"scale-{scale}"
    mark = data / "bench-seeded"
    port = int(mark.read_text()) if mark.exists() else free_port()
    command = [sys.executable, "-m", "bench.seed", "pages", str(scale)]
    began = time.monotonic()
    subprocess.run(command, check=True, env=environment_for(data, port), cwd=ROOT)
    print(f"house of {scale * 100} organisations: {time.monotonic() - began:.0f} s", flush=True)
    return data, port


def measure(houses: dict[str, House], page: Page, times: dict[str, Times]) -> None:
    _, path, who = page
    for size, house in houses.items():
        looks = [house.look(path, who, place) for place in range(len(house.subjects["requests"]))]
        times[size].add([took for took, _ in looks])
        times[size].queries |= {queries for _, queries in looks}


def judged(name: str, full: Times, small: Times) -> bool:
    """Print a page's line; say whether it keeps the bounds."""
    ratio = full.median / small.median
    same = full.queries == small.queries and len(full.queries) == 1
    kept = full.p95 <= SLOWEST and ratio <= LARGEST_RATIO and same
    queries = "/".join(str(number) for number in sorted(full.queries | small.queries))
    print(
        f"{name:<20} {full.p95 * 1000:7.1f} {full.median * 1000:7.1f} {small.median * 1000:7.1f} {ratio:6.2f} "
        f"{queries:>8}  {'' if kept else 'MISSED'}"
    )
    return kept


def _answering(houses: dict[str, House], pages: list[Page]) -> list[Page]:
    """Look at every page once, as templates are compiled by the first look, and leave out those that do not answer."""
    good = []
    for page in pages:
        try:
            measure(houses, page, {size: Times() for size in houses})
        except NoPage as problem:
            print(f"{page[0]:<20} {problem}  MISSED")
        else:
            good.append(page)
    return good


def run(folder: Path) -> bool:
    places = {size: made(folder, scale) for size, scale in SCALES.items()}
    settings = {"DJANGO_SETTINGS_MODULE": "bench.settings"}
    with (
        Served(*places["full"], **settings) as full,
        Served(*places["small"], **settings) as small,
    ):
        houses = {"full": House(places["full"][0], full), "small": House(places["small"][0], small)}
        asked = [page for page in PAGES if not sys.argv[1:] or page[0] in sys.argv[1:]]
        pages = _answering(houses, asked)
        times = {page[0]: {size: Times() for size in houses} for page in pages}
        for _ in range(ROUNDS):
            for page in pages:
                measure(houses, page, times[page[0]])
    print(f"{'page (ms)':<20} {'p95':>7} {'median':>7} {'small':>7} {'ratio':>6} {'queries':>8}")
    kept = [judged(name, both["full"], both["small"]) for name, both in times.items()]
    worst = max(both["full"].p95 for both in times.values())
    ratio = max(both["full"].median / both["small"].median for both in times.values())
    kept += [False] * (len(asked) - len(kept))
    print(
        f"{kept.count(False)} pages of {len(kept)} over a bound; slowest p95 {worst * 1000:.0f} ms (at most 150), "
        f"largest ratio {ratio:.2f} (at most {LARGEST_RATIO})"
    )
    return all(kept)


def main() -> int:
    kept = os.environ.get("ARCHIPEL_BENCH_CACHE")
    if kept:
        Path(kept).mkdir(parents=True, exist_ok=True)
        return 0 if run(Path(kept).absolute()) else 1
    with tempfile.TemporaryDirectory(prefix="archipel-bench-") as folder:
        return 0 if run(Path(folder)) else 1


if __name__ == "__main__":
    sys.exit(main())
