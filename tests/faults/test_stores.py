# SPDX-License-Identifier: AGPL-3.0-or-later
"""The store of websites falls silent, refuses or is full at each single call of the real procedures.

Silent or full: the procedure waits, and ends by itself once the store is well again. Refusing: it stops with a line on
Today, and ends once a person of the host resumed it. Everything once, every time.
"""

from __future__ import annotations

import itertools
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.utils import translation

from archipel.connectors.websites.connector import WebsitesConnector
from archipel.connectors.websites.fake import FaultyStore
from archipel.connectors.websites.folder import FolderStore
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.outbox.worker import drain
from archipel.procedures import operations as procedure_operations
from archipel.procedures import queries as procedures
from archipel.procedures.models import Procedure
from archipel.procedures.problems import plain
from archipel.spaces import wiring
from archipel.spaces.models import Space
from tests.connectors.websites import servers
from tests.connectors.websites.test_s3 import answering
from tests.faults import house
from tests.faults.expected import EXPECTED, OPENED
from tests.faults.house import DELETION, EXPORT, OPENING
from tests.faults.outcome import half_done, outcome, today
from tests.spaces import websites as fakes

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

HUMAN = {"procedure.resumed": 1, "procedure.stopped": 1}
# What becomes of a procedure when a call of a step fails. A look at the health of a site never fails: it tells.
BECOMES = {
    (OPENING, "silent"): {"create_site": "waiting", "people_may_enter": "waiting", "check_answers": "waiting"},
    (OPENING, "refusing"): {"create_site": "stopped", "people_may_enter": "stopped", "check_answers": "waiting"},
    (OPENING, "full"): {"create_site": "waiting"},
    (EXPORT, "silent"): {"gather": "waiting"},
    (EXPORT, "refusing"): {"gather": "stopped"},
    (EXPORT, "full"): {},
    (DELETION, "silent"): {"count": "waiting", "delete_all": "waiting", "check_gone": "waiting"},
    (DELETION, "refusing"): {"count": "stopped", "delete_all": "stopped", "check_gone": "stopped"},
    (DELETION, "full"): {},
}
HALF_WAY = {OPENING: "opening", EXPORT: "open", DELETION: "closed"}


@pytest.fixture
def arranged(settings, tmp_path) -> Iterator[Callable[[str], Path]]:
    """Return what arranges a house on a store in a folder, and gives the folder that keeps its files."""
    settings.SPACE_CONNECTORS = {"websites": "tests.spaces.websites.current"}
    data = Path(django_settings.ARCHIPEL_DATA)

    def arrange(kind: str) -> Path:
        house.keep_files(tmp_path / "nothing", data)
        fakes.put(WebsitesConnector(FolderStore(data / "websites"), clock.now))
        house.begin(kind=kind)
        house.keep_files(data, tmp_path / "kept")
        return tmp_path / "kept"

    yield arrange
    house.keep_files(tmp_path / "nothing", data)
    wiring.connector_named.cache_clear()


class Undone(Exception):
    """Everything of this try is taken back."""


@contextmanager
def one_try(kept: Path) -> Iterator[FaultyStore]:
    """Begin where the house was arranged, with faults to order; nothing of it remains."""
    data = Path(django_settings.ARCHIPEL_DATA)
    house.keep_files(kept, data)
    store = FaultyStore(FolderStore(data / "websites"))
    fakes.put(WebsitesConnector(store, clock.now))
    with suppress(Undone), transaction.atomic():
        yield store
        raise Undone


def latest() -> Procedure:
    return Procedure.objects.latest("pk")


def step_of(procedure: Procedure) -> str:
    return next(step.name for step in procedure.steps.all() if step.state != "done")


def live_until_retry() -> None:
    """Let the time pass that a waiting procedure waits."""
    at = procedures.progress(latest()).retry_at
    assert at is not None
    clock.move_forward(max(timedelta(), at - clock.now()) + timedelta(seconds=1))


def resume() -> None:
    procedure_operations.resume(procedure=latest(), by=Person.objects.get(email=house.STAFF))


def check_what_is_said(kind: str, state: str) -> None:
    """A waiting procedure says so on its page and on no desk; a stopped one is a line on Today, in plain words."""
    mine = [line for line in today() if line.startswith("procedure: ")]
    with translation.override("fr"):
        where = procedures.progress(latest())
    if state == "waiting":
        assert (mine, where.problem) == ([], plain("later", ""))
    else:
        assert mine == [f"procedure: {where.now} · {plain('forbidden', '')}"]
    assert half_done() == []


@pytest.mark.parametrize("fault", ["silent", "refusing", "full"])
@pytest.mark.parametrize("kind", house.KINDS)
def test_procedure_survives_a_store_that_fails_at_each_call(arranged, kind, fault):
    kept, became = arranged(kind), {}
    for nth in itertools.count(1):
        with one_try(kept) as store:
            store.fail(fault, nth=nth)
            drain(raise_errors=False)
            reached, procedure = len(store.calls) >= nth, latest()
            expected = EXPECTED[kind]
            if procedure.state != "done":
                became.setdefault(step_of(procedure), set()).add(procedure.state)
                check_what_is_said(kind, procedure.state)
                assert Space.objects.get().state == HALF_WAY[kind]
                store.heal()
                if procedure.state == "stopped":
                    resume()
                    expected = expected | {"history": expected["history"] | HUMAN}
                else:
                    live_until_retry()
                drain()
            store.heal()
            assert outcome() == expected | {"jobs": outcome()["jobs"]}
            assert outcome()["jobs"].keys() == {"done"}
        if not reached:
            break
    assert {step: sorted(states) for step, states in became.items()} == {
        step: [state] for step, state in BECOMES[kind, fault].items()
    }


@pytest.mark.parametrize("kind", house.KINDS)
def test_store_that_stays_silent_is_given_to_a_human_in_the_end(arranged, kind):
    with one_try(arranged(kind)) as store:
        store.fail("silent")
        # A deletion goes on without having counted, then waits for the store all the same.
        for _ in range(40):
            drain(raise_errors=False)
            if latest().state == "waiting":
                live_until_retry()
        lines = [line for line in today() if line.startswith("procedure: ")]
        assert (len(lines), plain("later", "") in lines[0], half_done()) == (1, True, [])
        store.heal()
        resume()
        drain()
        assert outcome()["history"] == EXPECTED[kind]["history"] | HUMAN
        assert (outcome()["objects"], outcome()["mails"]) == (EXPECTED[kind]["objects"], EXPECTED[kind]["mails"])


def test_refusal_found_while_looking_whether_a_site_answers_comes_to_a_human_too(arranged):
    """The look at the health of a site tells, and never fails: it is tried until it is given up."""
    kept = arranged(OPENING)
    for nth in itertools.count(1):
        with one_try(kept) as store:
            store.fail("refusing", nth=nth)
            drain(raise_errors=False)
            if step_of(latest()) != "check_answers":
                continue
            tries = 1
            while latest().state == "waiting":
                live_until_retry()
                drain(raise_errors=False)
                tries += 1
            lines = [line.partition(" · ")[0] for line in today() if line.startswith("procedure: ")]
            assert (latest().state, tries, lines) == ("stopped", 20, ["procedure: Le site répond à son adresse"])
            store.heal()
            resume()
            drain()
            assert outcome()["history"] == OPENED["history"] | HUMAN
            return


@pytest.mark.server
@pytest.mark.parametrize(
    ("status", "code", "state"),
    [(0, "", "waiting"), (507, "InsufficientStorage", "waiting"), (403, "AccessDenied", "stopped")],
)
def test_opening_survives_a_real_storage_that_fails(arranged, status, code, state):
    """Real sockets: one that never answers, one that is full, one that refuses; then a storage that works."""
    arranged(OPENING)
    with ExitStack() as stack:
        if status:
            port = stack.enter_context(answering(status, code))
        else:
            deaf = stack.enter_context(socket.socket())
            deaf.bind(("127.0.0.1", 0))
            deaf.listen()
            port = deaf.getsockname()[1]
        fakes.put(WebsitesConnector(servers.store_at(port, "websites", timeout=0.3, tries=1), clock.now))
        drain(raise_errors=False)
    assert latest().state == state
    check_what_is_said(OPENING, state)
    with servers.moto() as port:
        store = servers.store_at(port, "websites")
        store.ensure_bucket()
        fakes.put(WebsitesConnector(store, clock.now))
        if state == "stopped":
            resume()
        else:
            live_until_retry()
        drain()
        history = OPENED["history"] | (HUMAN if state == "stopped" else {})
        assert outcome() == OPENED | {"history": history, "jobs": outcome()["jobs"]}
