# SPDX-License-Identifier: AGPL-3.0-or-later
"""The loop that claims rows, runs what they name outside any transaction, and records how it went."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from django.conf import settings
from django.db import InterfaceError, OperationalError, close_old_connections, connection
from django.utils import translation

from archipel.kernel import door
from archipel.outbox import claims, handlers, periodic
from archipel.outbox.beat import show_life
from archipel.outbox.claims import Held, Outcome
from archipel.outbox.models import Job
from archipel.outbox.wake import wait_for_hint

logger = logging.getLogger("archipel.worker")

BATCH_SECONDS = 0.25  # a claim takes about so much work
LARGEST_BATCH = 100
SLOW = 1.0  # after so long, the rest of a batch is given back: nobody's work waits behind a long run
SHORTEST_IDLE, LONGEST_IDLE = 0.05, 1.0
UNREACHABLE_PAUSE = 1.0

NOT_ANSWERING = (OperationalError, InterfaceError)

T = TypeVar("T")


class Worker:
    """One process: threads that run jobs (the first is the caller's), and a heartbeat with its own connection."""

    def __init__(self, *, threads: int = 1) -> None:
        self.stopping = threading.Event()
        self._runners = [Runner(self.stopping) for _ in range(threads)]

    def run(self, *, until_empty: bool = False, once: bool = False) -> int:
        """Run jobs until told to stop, or until nothing is due, or one turn each; return how many ran."""
        patiently(periodic.ensure_rows)
        finished = threading.Event()
        heart = threading.Thread(target=self._beat, args=(finished,), name="heartbeat", daemon=True)
        heart.start()
        loops = [partial(runner.loop, until_empty=until_empty, once=once) for runner in self._runners]
        others = [threading.Thread(target=_in_own_thread, args=(loop,), daemon=True) for loop in loops[1:]]
        for thread in others:
            thread.start()
        try:
            loops[0]()
            for thread in others:
                thread.join()
        finally:
            finished.set()
            heart.join(timeout=5)
        return sum(runner.ran for runner in self._runners)

    def stop(self) -> None:
        """Let what runs end, give back what waits, then return from ``run``."""
        self.stopping.set()

    def _beat(self, finished: threading.Event) -> None:
        beat = float(settings.OUTBOX_HEARTBEAT)
        next_beat = time.monotonic() + beat
        while not finished.wait(min(beat, SLOW)):
            show_life()
            try:
                for runner in self._runners:
                    runner.give_back_if_slow()
                if time.monotonic() >= next_beat:
                    next_beat = time.monotonic() + beat
                    tokens = {token for runner in self._runners if (token := runner.token)}
                    if tokens:
                        claims.prolong(tokens)
            except NOT_ANSWERING as error:
                # The next beat tries again; the lease is several beats long.
                logger.warning("heartbeat missed: %s", type(error).__name__)
                connection.close()
        connection.close()


class Runner:
    """One thread's work: a batch of held rows, run one after the other."""

    def __init__(self, stopping: threading.Event, *, raise_errors: bool = False) -> None:
        self.ran = 0
        self.token = ""
        self._stopping = stopping
        self._raise_errors = raise_errors
        self._waiting: deque[Held] = deque()
        self._batch_began = 0.0
        self._usual = BATCH_SECONDS  # seconds a job takes, as lately seen
        self._next_round = 0.0

    def loop(self, *, until_empty: bool, once: bool) -> None:
        """Take turns; wait while nothing is due or the database does not answer."""
        idle, longest = SHORTEST_IDLE, min(LONGEST_IDLE, settings.OUTBOX_LEASE / 4)
        while not self._stopping.is_set():
            try:
                worked = self.turn()
                close_old_connections()
            except NOT_ANSWERING as error:
                logger.warning("the database does not answer (%s); waiting", type(error).__name__)
                connection.close()
                self._stopping.wait(UNREACHABLE_PAUSE)
                continue
            if once or (until_empty and not worked):
                return
            idle = SHORTEST_IDLE if worked else min(idle * 2, longest)
            if not worked:
                wait_for_hint(idle, self._stopping.is_set)

    def turn(self) -> bool:
        """Claim and run one batch; say whether there was anything. While the door is closed nothing is begun."""
        if door.is_closed():
            return False
        self._look_around()
        if not claims.anything_due():
            return False
        batch = claims.claim(max(1, min(LARGEST_BATCH, int(BATCH_SECONDS / self._usual))))
        if not batch:
            return False
        self._waiting.extend(batch[1:])
        self._batch_began = time.monotonic()
        self.token = batch[0].token
        try:
            job: Held | None = batch[0]
            while job is not None:
                job = self._run(job)
        finally:
            self.token = ""
            self._give_back()
        return True

    def give_back_if_slow(self) -> None:
        """Called by the heartbeat."""
        if self.token and time.monotonic() - self._batch_began > SLOW:
            self._give_back()

    def _run(self, job: Held) -> Held | None:
        """Run one row, record how it went, and return the next one to run."""
        began = time.monotonic()
        error = _error_of(job)
        outcome = handlers.outcome_of(error) if error else Outcome()
        took = time.monotonic() - began
        self._usual = max(0.001, 0.8 * self._usual + 0.2 * took)
        self.ran += 1
        level = logging.WARNING if outcome.problem else logging.DEBUG
        logger.log(level, "job %d %s %s in %.0f ms", job.id, job.name, outcome.problem or "done", took * 1000)
        following = self._settle(job, outcome)
        if error and self._raise_errors and outcome.problem == Job.Problem.ERROR:
            raise error
        return following

    def _settle(self, job: Held, outcome: Outcome) -> Held | None:
        following = self._next()
        ready = patiently(partial(claims.settle, job, outcome, following))
        while following is not None and not ready:
            following = self._next()
            ready = following is not None and patiently(partial(claims.begin, following))
        return following

    def _next(self) -> Held | None:
        try:
            return None if self._stopping.is_set() else self._waiting.popleft()
        except IndexError:  # the heartbeat gave the rest back
            return None

    def _give_back(self) -> None:
        rest = []
        while self._waiting:
            try:
                rest.append(self._waiting.pop())
            except IndexError:
                break
        if rest:
            claims.give_back(rest)

    def _look_around(self) -> None:
        """Now and then: take over what dead workers held, and write what is due by the hour."""
        if time.monotonic() < self._next_round:
            return
        self._next_round = time.monotonic() + min(LONGEST_IDLE, settings.OUTBOX_LEASE / 4)
        freed = claims.take_over_silent()
        if freed:
            logger.warning("%d jobs of a silent worker taken over", freed)
        periodic.strike()


def drain(*, raise_errors: bool = True) -> int:
    """Run what is due in this thread, connection and transaction, and return how many ran: for tests and tools.

    The first error that is neither *try later* nor *refused* is raised once recorded, unless ``raise_errors`` is off.
    """
    runner = Runner(threading.Event(), raise_errors=raise_errors)
    while runner.turn():
        pass
    return runner.ran


def patiently(write: Callable[[], T]) -> T:
    """Write although the database is away or locked for a while: up to one lease, then the failure is raised."""
    give_up = time.monotonic() + settings.OUTBOX_LEASE
    while True:
        try:
            return write()
        except NOT_ANSWERING as error:
            if connection.in_atomic_block or time.monotonic() > give_up:
                raise
            logger.warning("the database does not answer (%s); trying again", type(error).__name__)
            connection.close()
            time.sleep(min(UNREACHABLE_PAUSE, settings.OUTBOX_LEASE / 4))


def _error_of(job: Held) -> Exception | None:
    try:
        with translation.override(settings.LANGUAGE_CODE):
            handlers.call(job)
    except Exception as error:
        logger.warning("job %d %s: %s", job.id, job.name, type(error).__name__)
        return error
    return None


def _in_own_thread(loop: Callable[[], None]) -> None:
    try:
        loop()
    finally:
        connection.close()
