# SPDX-License-Identifier: AGPL-3.0-or-later
"""A WordPress whose machine dies: opened elsewhere by the procedure of the house, from the back-up that restic kept in a folder."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests import factories
from tests.connectors.wordpress.sites import connector_on
from tests.engine.daemon import Daemon

from archipel.connectors.swarm.connector import SwarmEngine
from archipel.connectors.wordpress.connector import WordPressConnector
from archipel.host import queries as host
from archipel.kernel import clock
from archipel.machines import operations as machines
from archipel.machines.models import BackupPlace, Machine
from archipel.outbox.worker import Worker
from archipel.procedures import queries as procedures
from archipel.spaces import operations
from archipel.spaces.models import Space
from archipel.spaces.queries.totals import address_of
from bench.node_loss_measure import Swarm, asking_stack, come_back, die, until

PATIENCE = 600.0
BEFORE, AFTER = "Kept in the copy", "Written after the copy"
# What a visitor's browser asks, through the proxy; the title of a post stands on the front page.
ASK = (
    "use IO::Socket::INET; my $s = IO::Socket::INET->new(PeerAddr => $ARGV[0], PeerPort => 80, Timeout => 2) or exit 1;"
    "print $s qq(GET / HTTP/1.0\\r\\nHost: $ARGV[1]\\r\\nX-Forwarded-Proto: https\\r\\n\\r\\n); local $/; print <$s>;"
)
_swarm: list[Swarm] = []


def engine() -> SwarmEngine:
    """Return the engine of this house (setting ``ENGINE``)."""
    return _swarm[0].engine


def wordpress() -> WordPressConnector:
    """Return what opens WordPress in this house (setting ``SPACE_CONNECTORS``)."""
    return connector_on(engine(), by_names=True)


@dataclass(frozen=True)
class Visitor:
    """Asks for the front page of a space from a machine that stays."""

    space: Space

    def reads(self, words: str) -> bool:
        names = [f"s-{self.space.public_id}_app", address_of(self.space.public_id)]
        done = engine().run("s-asks", "web", ["perl", "-e", ASK, *names], timeout=10)
        return done.code == 0 and words.encode() in done.output


def measured(daemons: list[Daemon], copies: Path) -> dict[str, Any]:
    """Return seconds: until the engine knows of the loss, from the decision to the answer, and the ages of the data."""
    _swarm[:] = [Swarm.of(daemons)]
    machines.read_machines()
    dying = next(one for one in engine().machines() if one.name == "machine-3")
    asks = next(one for one in engine().machines() if one.name == "machine-2")
    engine().put(asking_stack("s-asks", (f"node.id=={asks.id}",)))
    space = _opened_on(Machine.objects.get(node_id=dying.id))
    visitor = Visitor(space)
    _write(space, BEFORE)
    until(lambda: visitor.reads(BEFORE), PATIENCE)
    backup = operations.back_up_space(space=space, place=_place(copies))
    _write(space, AFTER)
    until(lambda: visitor.reads(AFTER), PATIENCE)

    died_at, died = clock.now(), time.monotonic()
    die(_swarm[0].daemon(dying))
    until(lambda: not next(one for one in engine().machines() if one.id == dying.id).answers, PATIENCE)
    known = time.monotonic()
    # The host would wait for ``machine_lost_minutes``, and a human decide: neither is measured.
    row = machines.mark_lost(machine=Machine.objects.get(node_id=dying.id), at=clock.now())
    decided = time.monotonic()
    operations.reopen_spaces_of(machine_id=row.public_id)
    until(lambda: _done(space), PATIENCE)
    until(lambda: visitor.reads(BEFORE), PATIENCE)
    answered = time.monotonic()
    space.refresh_from_db()
    assert space.machine is not None
    found = {
        "known": known - died,
        "restored": answered - decided,
        "age_at_death": (died_at - backup.taken_at).total_seconds(),
        "age_now": (clock.now() - backup.taken_at).total_seconds(),
        "bytes": backup.bytes,
        "lost_minutes": host.parameter("machine_lost_minutes"),
        "machine": space.machine.name,
        "stale": visitor.reads(AFTER),
    }
    come_back(_swarm[0], dying)
    machines.read_machines()
    until(lambda: _ran() and not _left_on(_swarm[0].daemon(dying), space), PATIENCE)
    return found | {"answers_still": visitor.reads(BEFORE) and not visitor.reads(AFTER)}


def _opened_on(machine: Machine) -> Space:
    people = factories.organisation(
        "Le banc d’essai", referent=factories.person("Denise", "denise@bench.example"), members=[]
    )
    service = factories.blog_service("wordpress", connector="wordpress")
    space = factories.space(people, "jardins-bench", service=service, connector="wordpress", machine=machine)
    operations.make_secrets(space=space)
    operations.register_client_of(space=space)
    space = Space.objects.select_related("organisation", "service", "client", "machine", "address").get(pk=space.pk)
    operations.put_space(space=space)
    until(lambda: wordpress().health(space.public_id).ok, PATIENCE)
    operations.push_people_of(space=space)
    return space


def _write(space: Space, title: str) -> None:
    code = f"wp_insert_post(['post_title' => '{title}', 'post_content' => 'x', 'post_status' => 'publish']);"
    command = ["php", "-r", f"require '/usr/lib/archipel/load.php'; {code}"]
    done = engine().run(f"s-{space.public_id}", "app", command)
    assert done.code == 0, done.errors


def _place(copies: Path) -> BackupPlace:
    place, _passphrase = machines.declare_place(
        name="bench", kind="folder", location=str(copies), credentials={}, by=None
    )
    until(lambda: _ran() and BackupPlace.objects.filter(pk=place.pk, checked_at__isnull=False).exists(), PATIENCE)
    return BackupPlace.objects.get(pk=place.pk)


def _ran() -> bool:
    """Let the worker do what is due now; what said *later* keeps its pause."""
    Worker().run(until_empty=True)
    return True


def _done(space: Space) -> bool:
    _ran()
    procedure = procedures.of("space", space.public_id, kind=operations.MOVING)
    assert procedure is not None
    if procedure.state == "stopped":
        raise SystemExit(f"stopped: {procedures.progress(procedure).problem}")
    return procedure.state == "done"


def _left_on(daemon: Daemon, space: Space) -> list[str]:
    """Return what is on a machine of a space that lives elsewhere: containers that run, volumes."""
    stack = f"s-{space.public_id}"
    running = [one.name for one in daemon.client.containers.list() if one.name.startswith(stack)]
    return running + [one.name for one in daemon.client.volumes.list() if one.name.startswith(stack)]
