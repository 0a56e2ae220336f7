# SPDX-License-Identifier: AGPL-3.0-or-later
"""``bench/open [TIMES [MANY]]``: from *agreed* until a person signs in to their WordPress, on a whole real host; then many at once.

Each time, the clock runs from the commit of the agreement until the referent stands in WordPress's own pages, led there by
the sign-in. ``MANY`` (50; 0: none) are then agreed to in one go; what their containers hold is what the control groups count.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import urllib3
from tests.engine.daemon import Daemon, why_not
from tests.journeys.house import ADDRESS, PORTAL, SITES, House, house, until

TIMES, MANY, BOUND = 10, 50, 60.0
PATIENCE = 300.0
STEPS = 12


class Visitor:
    """Somebody with a session of the portal and no browser: follows what leads on, keeps cookies by host."""

    def __init__(self, one: House, session: str) -> None:
        self.house = one
        self.cookies: dict[str, dict[str, str]] = {PORTAL: {"__Host-session": session}}

    def stands_in(self, label: str) -> bool:
        """Return whether asking for WordPress's own pages ends there, signed in."""
        address = f"https://{label}.{SITES}/wp-admin/profile.php"
        for _ in range(STEPS):
            status, location, body = self._ask(address)
            if not location:
                return status == 200 and "logout" in body and urlsplit(address).hostname != PORTAL
            address = urljoin(address, location)
        return False

    def _ask(self, address: str) -> tuple[int, str, str]:
        parts = urlsplit(address)
        name = parts.hostname or ""
        kept = self.cookies.setdefault(name, {})
        headers = {"Host": name, "Cookie": "; ".join(f"{key}={value}" for key, value in kept.items())}
        try:
            with self.house.namespace.entered(), urllib3.HTTPSConnectionPool(
                ADDRESS, 443, server_hostname=name, assert_hostname=name, ca_certs=str(self.house.authority), timeout=20, retries=False
            ) as pool:  # fmt: skip
                answer = pool.request(
                    "GET", parts._replace(scheme="", netloc="").geturl(), headers=headers, redirect=False
                )
        except (urllib3.exceptions.HTTPError, OSError):
            return 0, "", ""
        for line in answer.headers.getlist("Set-Cookie"):
            key, _, value = line.partition(";")[0].partition("=")
            kept.pop(key, None)
            if "max-age=0" not in line.lower():
                kept[key] = value
        return answer.status, answer.headers.get("Location", ""), answer.data.decode("utf-8", "replace")


def one_by_one(one: House, session: str, times: int) -> list[float]:
    """Return the seconds of each opening, one after the other on a machine that opens nothing else."""
    seconds = []
    for number in range(times):
        label = f"ouverture-{number}"
        agreement = one.act("propose", addresses=[label])["agreements"][0]
        agreed = one.act("agree_to_all", agreements=[agreement])["at"]
        visitor = Visitor(one, session)
        until(lambda label=label, visitor=visitor: visitor.stands_in(label), f"a sign-in at {label}", PATIENCE)
        seconds.append(time.monotonic() - agreed)
        print(f"  {number + 1:3}. {seconds[-1]:6.1f} s", flush=True)
    return seconds


def many_at_once(one: House, session: str, many: int) -> tuple[float, float]:
    """Open many in one go; return the seconds until the last one lets somebody in, and the bytes of memory of each."""
    labels = [f"ensemble-{number}" for number in range(many)]
    agreements = one.act("propose", addresses=labels)["agreements"]
    before = held(one.machine)
    agreed = one.act("agree_to_all", agreements=agreements)["at"]
    for label in labels:
        visitor = Visitor(one, session)
        until(
            lambda label=label, visitor=visitor: visitor.stands_in(label), f"a sign-in at {label}", PATIENCE + 60 * many
        )
    seconds = time.monotonic() - agreed
    return seconds, (held(one.machine) - before) / many


def held(machine: Daemon) -> int:
    """Return the bytes that all containers hold and cannot give back, as the control groups count them."""
    found = [one.stats(stream=False, one_shot=True).get("memory_stats", {}) for one in machine.client.containers.list()]
    return sum(one.get("usage", 0) - one.get("stats", {}).get("total_inactive_file", 0) for one in found)


def main() -> int:
    given = [int(word) for word in sys.argv[1:]]
    times, many = (*given, *(TIMES, MANY)[len(given) :])
    if times < 1 or many < 0:
        print("bench/open [TIMES [MANY]]: at least one time.", file=sys.stderr)
        return 2
    if why_not():
        print(f"not measured: {why_not()}", file=sys.stderr)
        return 2
    with tempfile.TemporaryDirectory(prefix="open-") as folder, house(Path(folder)) as one:
        session = one.act("sign_in_alice")["session"]
        print(f"agreed → a person stands in their WordPress, {times} times:", flush=True)
        seconds = one_by_one(one, session, times)
        median = statistics.median(seconds)
        print(
            f"median {median:.1f} s (at most {BOUND:.0f}), fastest {min(seconds):.1f}, slowest {max(seconds):.1f}",
            flush=True,
        )
        if many:
            total, memory = many_at_once(one, session, many)
            print(
                f"{many} at once: {total:.0f} s, {total / many:.1f} s and {memory / 2**20:.0f} MiB for each space",
                flush=True,
            )
    return int(median > BOUND)


if __name__ == "__main__":
    sys.exit(main())
