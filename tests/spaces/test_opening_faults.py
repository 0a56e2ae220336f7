# SPDX-License-Identifier: AGPL-3.0-or-later
"""Opening a space in containers while the engine or the proxy fail, at every call: in the end it is open, and there once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.connectors.swarm.fake import FakeEngine
from archipel.connectors.wordpress.connector import Deployment, WordPressConnector
from archipel.connectors.wordpress.fake import HOOKS_HERE, SECRETS, SIGN_ON
from archipel.identity.models import Client, Entry
from archipel.kernel import clock
from archipel.machines import operations as machines
from archipel.machines.ports import NO_IMAGE, HealthCheck, Mount, Ran, Service, Stack
from archipel.outbox.worker import drain
from archipel.procedures import operations as procedure_operations
from archipel.procedures import queries as procedures
from archipel.procedures.definitions import definition_of
from archipel.spaces import operations, wiring
from archipel.spaces.models import Space, SpaceSecret
from archipel.spaces.queries.routing import routes_of
from tests import factories
from tests.spaces import proxies

pytestmark = pytest.mark.django_db
IMAGES = ("wp:1", "db:1")
_current: list[WordPressConnector] = []


def current() -> WordPressConnector:
    return _current[0]


def stack_of(spec) -> Stack:
    """Two services like a WordPress: what stands on a machine has a volume there."""
    where = (f"node.id=={spec.container.machine}",) if spec.container.machine else ()
    secrets = {name: value.encode() for name, value in spec.container.secrets.items()}
    look = HealthCheck(("true",))
    services = tuple(
        Service(name, image, mounts=(Mount(f"/var/{name}", name),), constraints=where, health=look)
        for name, image in zip(("app", "db"), IMAGES, strict=True)
    )
    labels = {"archipel.version": spec.container.version}
    return Stack(f"s-{spec.space_id}", services, volumes=("app", "db"), secrets=secrets, labels=labels)


def _verb(call) -> Ran:
    """What the image answers, and remembers in its volume."""
    call.files[f"/var/app/{call.command[1]}"] = call.stdin
    return Ran(0, b"{}")


@pytest.fixture
def engine(settings, websites, host):
    made = FakeEngine(images=IMAGES)
    made.programs |= {"archipel": _verb, "archipel-health": lambda _call: Ran(0, b"the front page answers")}
    _current[:] = [WordPressConnector(made, Deployment(stack_of, ("1",), 2**28, SECRETS, SIGN_ON, HOOKS_HERE))]
    settings.SPACE_CONNECTORS = {**settings.SPACE_CONNECTORS, "wordpress": f"{__name__}.current"}
    wiring.connector_named.cache_clear()
    machines.take_in(seen=made.machines(), at=clock.now())
    return made


def asked_for(where, alice, number: int = 1) -> Space:
    """Begin the opening of a space that was agreed to."""
    service = factories.blog_service("wordpress", connector="wordpress")
    agreement = factories.agreement(
        where, service, state="agreed", agreed_by=alice, about_kind="request", about_id=f"req{number}"
    )
    operations.reserve_address(label=f"blog-{number}", for_request=f"req{number}")
    return operations.open_space(
        organisation=where, service=service, agreement=agreement, title=f"Blog {number}", label=f"blog-{number}",
        quota_bytes=None, language="fr", request_id=f"req{number}",
    )  # fmt: skip


def goes_on(space: Space, staff) -> None:
    """Let a person resume what stopped, and the worker live through its pauses and minutes, until it is over."""
    for _try in range(12):
        operations.compare_routes()
        procedure = procedures.of("space", space.public_id)
        if procedure.state == "stopped":
            procedure_operations.resume(procedure=procedure, by=staff)
        drain(raise_errors=False)
        if procedures.of("space", space.public_id).state == "done":
            return
        clock.move_forward(timedelta(minutes=10))


def assert_open_and_there_once(space: Space, engine: FakeEngine) -> None:
    space.refresh_from_db()
    name = f"s-{space.public_id}"
    assert space.state == "open"
    assert [one.name for one in engine.stacks()].count(name) == 1
    seen = engine.read(name)
    assert [(one.name, one.wanted, one.running) for one in seen.services] == [("app", 1, 1), ("db", 1, 1)]
    assert seen.digest != ""
    held = sorted(volume for _machine, volume in engine._volumes if volume.startswith(f"{name}_"))
    assert held == [f"{name}_app", f"{name}_db"]
    assert Client.objects.filter(pk=space.client_id).count() == 1
    assert SpaceSecret.objects.filter(space=space).count() == 3
    assert Entry.objects.filter(through=f"space:{space.public_id}").count() == 2


@pytest.mark.parametrize("fault", ["silent", "lost", "half", "full", "refusing"])
def test_fault_of_the_engine_at_any_call_ends_in_one_open_space(fault, engine, trois_ponts, alice, bob, staff):
    right = asked_for(trois_ponts, alice, 0)
    engine.heal()
    drain()
    calls = list(engine.calls)
    assert_open_and_there_once(right, engine)
    assert calls.count("put") == 1

    for nth in range(1, len(calls) + 1):
        space = asked_for(trois_ponts, alice, nth)
        engine.fail(fault, nth=nth, times=1)
        drain(raise_errors=False)
        engine.heal()
        goes_on(space, staff)
        assert_open_and_there_once(space, engine)
    assert Client.objects.count() == Space.objects.count() == len(calls) + 1


def stopped_at(space: Space) -> str:
    progress = procedures.progress(procedures.of("space", space.public_id))
    assert (progress.state, bool(progress.problem)) == ("stopped", True)
    return str(progress.now)


def step(name: str) -> str:
    return str(definition_of("spaces.open_container").step(name).label)


def test_full_disk_stops_the_opening_in_plain_words_until_somebody_makes_room(engine, trois_ponts, alice, bob, staff):
    space = asked_for(trois_ponts, alice)
    engine.fail("full")
    drain(raise_errors=False)
    assert stopped_at(space) == step("create")
    assert (engine.stacks(), Entry.objects.count()) == ([], 0)

    engine.heal()
    goes_on(space, staff)
    assert_open_and_there_once(space, engine)


def test_image_that_is_missing_stops_the_opening_until_it_is_built(engine, trois_ponts, alice, bob, staff):
    engine.images.clear()
    space = asked_for(trois_ponts, alice)
    drain(raise_errors=False)
    assert stopped_at(space) == step("create")
    assert procedures.of("space", space.public_id).steps.get(name="create").problem_code == NO_IMAGE

    engine.images.update(IMAGES)
    goes_on(space, staff)
    assert_open_and_there_once(space, engine)


def test_container_that_never_becomes_healthy_lets_nobody_in_and_says_what_the_engine_says(
    engine, trois_ponts, alice, bob, staff
):
    space = asked_for(trois_ponts, alice)
    sick = (f"s-{space.public_id}", "db")
    engine.sick[sick] = "unhealthy container: its health check ends with code 1"
    for _pause in range(4):
        drain(raise_errors=False)
        clock.move_forward(timedelta(minutes=10))
    space.refresh_from_db()
    procedure = procedures.of("space", space.public_id)
    waiting = procedure.steps.get(name="wait_until_up")
    assert (space.state, Entry.objects.count()) == ("opening", 0)
    assert "health check ends with code 1" in waiting.problem

    del engine.sick[sick]
    engine.restart()
    goes_on(space, staff)
    assert_open_and_there_once(space, engine)


@pytest.mark.parametrize("verb", ["people", "health"])
def test_engine_restarted_in_the_middle_finds_the_space_again(verb, engine, trois_ponts, alice, bob, staff):
    ended = []
    word, real = ("archipel-health" if verb == "health" else "archipel"), engine.programs

    def dies(call) -> Ran:
        """The engine ends while the application is told something: its answer goes with it."""
        if not ended:
            ended.append(call.command)
            engine.restart()
            return Ran(137, b"", b"killed")
        return real[word](call)

    engine.programs = {**real, word: dies}
    space = asked_for(trois_ponts, alice)
    drain(raise_errors=False)
    assert (len(ended), procedures.of("space", space.public_id).state) == (1, "waiting")
    engine.restart()

    goes_on(space, staff)

    assert_open_and_there_once(space, engine)


def test_proxy_that_started_empty_in_the_middle_knows_the_space_in_the_end(
    settings, engine, trois_ponts, alice, bob, staff
):
    settings.PROXY = "tests.spaces.proxies.proxy"
    settings.BEHIND_PROXY_OF_OURS = True
    settings.WEB_UPSTREAMS = ["127.0.0.1:8000"]
    settings.ROUTE_BY = "names"
    proxies.renew()
    operations.compare_routes()
    space = asked_for(trois_ponts, alice)
    engine.sick[(f"s-{space.public_id}", "app")] = "starting"
    drain(raise_errors=False)
    proxies.renew()
    del engine.sick[(f"s-{space.public_id}", "app")]
    engine.restart()
    goes_on(space, staff)
    proxies.renew()

    operations.compare_routes()

    space.refresh_from_db()
    assert space.state == "open"
    (route,) = routes_of(space.public_id)
    assert route.id in proxies.proxy().serves()
    assert "portal" in proxies.proxy().serves()
