# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import time, timedelta

from django.utils.translation import gettext_lazy as _

from archipel.machines.events import MachineBack
from archipel.organisations.events import RoleEnded, RoleGiven
from archipel.outbox.facts import on
from archipel.outbox.labels import label
from archipel.outbox.periodic import periodic
from archipel.procedures.events import ProcedureCancelled, ProcedureDone
from archipel.spaces import front, operations, queries
from archipel.spaces.events import SpaceDeleted, SpaceOpened

_OPERATIONS = "archipel.spaces.operations"
label(f"{_OPERATIONS}.holding.push_effect", _("Tell the application that a space is held back or released"))
label("archipel.spaces.tasks.let_in", _("Tell the application who may enter a space"))
label(f"{_OPERATIONS}.entering.push_people", _("Tell the application who may enter a space"))
label("archipel.spaces.tasks.let_out", _("Tell the application who may enter a space"))
label(f"{_OPERATIONS}.measuring.push_quota", _("Tell the application how much a space may hold"))
label(f"{_OPERATIONS}.measuring.measure_next", _("Measure the spaces"))
label(f"{_OPERATIONS}.backing_up.back_up_one", _("Back a space up"))
label(f"{_OPERATIONS}.nightly_copies.back_up_next", _("Back the spaces up"))
label(f"{_OPERATIONS}.comparing.compare_next", _("Compare what runs with what should"))
label(f"{_OPERATIONS}.comparing.compare_one", _("Compare what runs with what should"))
label(f"{_OPERATIONS}.comparing.repair_one", _("Put right what runs for a space"))
label(f"{_OPERATIONS}.reconciling.reconcile_space", _("Compare a website with its store"))

label(f"{_OPERATIONS}.routing.route_space", _("Tell the proxy where a space is"))
label(f"{_OPERATIONS}.domains.look_at_domain", _("Look whether a name of an organisation leads to its space"))
label("archipel.spaces.tasks.leave_returned_machine", _("Drop what a space left on a machine that was lost"))
label("archipel.spaces.tasks.empty_further", _("Move the next spaces of a machine to empty"))
label(f"{_OPERATIONS}.moving.leave_one", _("Drop what a space left on a machine that was lost"))
label("archipel.spaces.tasks.compare_routes", _("Compare the proxy with what it should do"))
label("archipel.spaces.tasks.check_domains", _("Look at the names of organisations"))
label("archipel.spaces.tasks.lead_in", _("Tell the proxy where a space is"))
label("archipel.spaces.tasks.lead_nowhere", _("Tell the proxy that a space is gone"))


@on(RoleGiven)
def let_in(fact: RoleGiven) -> None:
    operations.people_changed(organisation_id=fact.organisation_id)


@on(RoleEnded)
def let_out(fact: RoleEnded) -> None:
    operations.people_changed(organisation_id=fact.organisation_id)


@on(ProcedureCancelled)
def take_back_opening(fact: ProcedureCancelled) -> None:
    if fact.kind in operations.OPENINGS:
        operations.abandon_opening(space=queries.by_public_id(fact.about_id))
        operations.give_up_waiting(space_id=fact.about_id)
    if fact.kind == operations.UPGRADING:
        operations.give_up_upgrade(space=queries.by_public_id(fact.about_id))
    if fact.kind == operations.MOVING:
        operations.give_up_move(space=queries.by_public_id(fact.about_id), procedure_id=fact.procedure_id)
    if fact.kind == operations.DRILL:
        operations.give_up_drill(drill_id=fact.about_id)
    if fact.kind == operations.EXPORTING:
        operations.give_up_export(export_id=fact.about_id)
    if fact.kind == operations.RESTORING:
        operations.give_up_work(space=queries.by_public_id(fact.about_id), mark=fact.procedure_id)
    if fact.kind == operations.BRINGING_BACK:
        operations.give_up_restoration(restoration_id=fact.about_id)


@on(ProcedureDone, when=queries.is_machine_to_empty)
def empty_further(fact: ProcedureDone) -> None:
    operations.go_on_emptying(procedure_id=fact.procedure_id)


@on(MachineBack)
def leave_returned_machine(fact: MachineBack) -> None:
    operations.leave_returned_machine(machine_id=fact.machine_id)


@periodic("spaces.settle", every=timedelta(minutes=5))
def settle_publications() -> None:
    operations.settle_publications()


@periodic("spaces.rounds", every=timedelta(minutes=5))
def upgrade_more() -> None:
    operations.go_on_with_rounds()


@periodic("spaces.measure", daily=time(2, 40))
def measure() -> None:
    operations.measure_all()


@periodic("spaces.compare", daily=time(2, 55))
def compare() -> None:
    operations.compare_all()


@periodic("spaces.free_addresses", daily=time(3, 5))
def free_addresses() -> None:
    operations.free_rested()


@periodic("spaces.purge", daily=time(3, 35))
def purge() -> None:
    operations.purge_all()


@periodic("spaces.back_up", daily=time(1, 10))
def back_up() -> None:
    operations.back_up_all()


@periodic("spaces.drill", daily=time(10, 15))
def drill() -> None:
    operations.drill_weekly()


@on(SpaceOpened, when=front.has_proxy)
def lead_in(fact: SpaceOpened) -> None:
    operations.push_routes_of(space_id=fact.space_id)


@on(SpaceDeleted, when=queries.is_led_anywhere)
def lead_nowhere(fact: SpaceDeleted) -> None:
    operations.remove_domains_of(space_id=fact.space_id)
    operations.push_routes_of(space_id=fact.space_id)


@periodic("spaces.compare_routes", every=timedelta(minutes=1))
def compare_routes() -> None:
    operations.compare_routes()


@periodic("spaces.check_domains", every=timedelta(minutes=1))
def check_domains() -> None:
    operations.check_due()
