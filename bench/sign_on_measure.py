# SPDX-License-Identifier: AGPL-3.0-or-later
"""Complete sign-ins at an application: a code asked for in a browser that has a session, and changed into tokens.

8 clients at once ask for ten seconds a round; the median of 5 rounds counts. Bound: 30 exchanges a second of what
``./run`` serves. Beside it, round by round, a Keycloak that was asked for a minute before; the ratio is printed.
"""

from __future__ import annotations

import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from statistics import median

from bench.sign_on_providers import Asking, Provider, Wrong, builtin, keycloak, keycloak_of_the_tests

CLIENTS, ROUNDS, ROUND_SECONDS, WARM_SECONDS, AT_LEAST = 8, 5, 10.0, 60.0, 30.0
EXPLAINED = """\
Why they differ: Keycloak is one compiled Java process that uses both processors and keeps codes in its memory. Ours writes
each code and each token as rows of the database in transactions, so that a restart, a second process or the end of an
entry loses nothing, and its one web process uses one processor for Python. Whoever asks runs on the same two processors.
A person signs in at an application some times a day: 30 a second are 100,000 an hour."""


class Load:
    """All clients of one provider, with connections they keep from round to round."""

    def __init__(self, provider: Provider) -> None:
        self.provider = provider
        self.clients = [Asking(provider, place) for place in range(CLIENTS)]

    def rate(self, seconds: float) -> float:
        """Let everybody ask for so long; return complete exchanges per second."""
        began = time.perf_counter()
        with ThreadPoolExecutor(CLIENTS) as pool:
            counts = list(pool.map(lambda client: _until(client, began + seconds), self.clients))
        return sum(counts) / (time.perf_counter() - began)


def _until(client: Asking, end: float) -> int:
    count = 0
    while time.perf_counter() < end:
        client.exchange()
        count += 1
    return count


def run(folder: Path) -> bool:
    with ExitStack() as stack:
        provider, served = stack.enter_context(builtin(folder, CLIENTS))
        loads = [Load(provider)]
        other = _keycloak(stack, folder)
        if other:
            loads.append(Load(other))
        loads[0].rate(ROUND_SECONDS / 2)
        before = served.processor_seconds()
        rounds = _rounds(loads)
        took = served.processor_seconds() - before
    ours = median(rounds["builtin"])
    each = took / (sum(rounds["builtin"]) * ROUND_SECONDS) * 1000
    print(f"processor time of an exchange: {each:.1f} ms (on a busy machine it says more than the rate)")
    if "keycloak" in rounds:
        theirs = median(rounds["keycloak"])
        print(f"keycloak: {theirs:.1f} exchanges/s (median of {ROUNDS}); builtin ÷ keycloak {ours / theirs:.2f}")
        print(EXPLAINED)
    print(f"builtin: {ours:.1f} complete exchanges/s, {CLIENTS} clients, median of {ROUNDS} (at least {AT_LEAST:.0f})")
    return ours >= AT_LEAST


def _rounds(loads: list[Load]) -> dict[str, list[float]]:
    rounds: dict[str, list[float]] = {load.provider.name: [] for load in loads}
    for number in range(ROUNDS):
        for load in loads:
            rounds[load.provider.name].append(load.rate(ROUND_SECONDS))
        said = ", ".join(f"{name} {rates[-1]:.1f}/s" for name, rates in rounds.items())
        print(f"round {number + 1}: {said}", flush=True)
    return rounds


def _keycloak(stack: ExitStack, folder: Path) -> Provider | None:
    """Start a Keycloak and warm it; say why where there is none."""
    module = keycloak_of_the_tests()
    if module is None:
        print("keycloak: not measured, this checkout has no tests/connectors/keycloak/server.py")
        return None
    (folder / "keycloak").mkdir()
    try:
        provider = stack.enter_context(keycloak(module, folder / "keycloak", CLIENTS))
    except module.NoKeycloak as reason:
        print(f"keycloak: not measured, {reason}")
        return None
    rate = Load(provider).rate(WARM_SECONDS)
    print(f"keycloak: warmed for {WARM_SECONDS:.0f} s ({rate:.1f}/s meanwhile)", flush=True)
    return provider


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="archipel-bench-") as folder:
        try:
            return 0 if run(Path(folder)) else 1
        except Wrong:
            print(f"what ./run said last:\n{(Path(folder) / 'data.log').read_text()[-4000:]}")
            raise


if __name__ == "__main__":
    sys.exit(main())
