# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an import would do: every file read, every record checked, and compared with what is here. Writes nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from archipel.identity.arrivals import known_of
from archipel.organisations.models import MailDomain
from archipel.organisations.moving.checking import Checker, Wrong
from archipel.organisations.moving.finding import Organisations
from archipel.organisations.moving.records import KINDS, Options, Problem, Read, Record

AT_ONCE = 250
T = TypeVar("T")


@dataclass
class Plan:
    """Records in the order in which they are applied, problems by file and line, and how many of which would be what."""

    records: list[Record] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)
    hashes: dict[str, int] = field(default_factory=dict)
    references: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)
    barred: set[str] = field(default_factory=set)
    domains: set[str] = field(default_factory=set)

    def leave_out(self, record: Record, code: str, column: str = "", **values: object) -> None:
        self.problems.append(Problem(record.file, record.line, code, column, dict(values)))
        self.counts[f"{record.kind}.left_out"] += 1


def plan_of(reads: Sequence[Read], options: Options) -> Plan:
    """Return the plan of some files, read together: a table may name what another holds."""
    plan = Plan(problems=[problem for read in reads for problem in read.problems])
    checker = Checker(options)
    kinds: dict[str, list[Record]] = {kind: [] for kind in KINDS}
    for read in reads:
        for record in read.records:
            kinds[record.kind].append(record)
    for kind in KINDS:
        accepted = [record for record in kinds[kind] if checker.accepts(record)]
        plan.counts[f"{kind}.left_out"] += len(kinds[kind]) - len(accepted)
        for some in batched(accepted, AT_ONCE):
            _COMPARE[kind](some, plan)
    plan.problems = sorted([*plan.problems, *checker.problems], key=lambda one: (one.file, one.line))
    plan.hashes = checker.hashes
    plan.counts = Counter({name: count for name, count in plan.counts.items() if count})
    return plan


def batched(rows: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield lists of at most ``size``."""
    waiting = iter(rows)
    while some := list(islice(waiting, size)):
        yield some


def _take(record: Record, how: str, plan: Plan) -> None:
    plan.records.append(record)
    plan.counts[f"{record.kind}.{how}"] += 1


def _organisations(some: list[Record], plan: Plan) -> None:
    here = Organisations(some)
    for record in some:
        try:
            found = here.meant_by(record)
        except Wrong as wrong:
            plan.leave_out(record, wrong.code, wrong.column, **wrong.values)
            continue
        plan.references.add(record.get("reference"))
        _take(record, "created" if found is None else "adopted", plan)


def _persons(some: list[Record], plan: Plan) -> None:
    known = known_of([record.get("email") for record in some])
    for record in some:
        how, _person = known.verdict(record.get("email"), bool(record.get("confirmed")))
        if how in ("unproved", "closed"):
            plan.leave_out(record, f"account_{how}", "email")
            plan.barred.add(record.get("email"))
            continue
        plan.emails.add(record.get("email"))
        _take(record, how, plan)


def _people(some: list[Record], plan: Plan) -> set[str]:
    """Return which addresses are of somebody: brought in by this import, or confirmed here.

    Of an account here that the former software has no proof for, nothing more is taken from it.
    """
    here = known_of([record.get("email") for record in some if record.get("email")]).confirmed
    return (plan.emails | set(here)) - plan.barred


def _roles(some: list[Record], plan: Plan) -> None:
    here, people = Organisations(some), _people(some, plan)
    for record in some:
        organisation = here.named(record.get("organisation"))
        if record.get("email") not in people:
            plan.leave_out(record, "unknown_person", "email")
        elif organisation is not None and organisation.kind == "host":
            plan.leave_out(record, "host_itself", "organisation")
        elif organisation is None and record.get("organisation") not in plan.references:
            plan.leave_out(record, "unknown_organisation", "organisation", value=record.get("organisation")[:100])
        else:
            _take(record, "given", plan)


def _names(some: list[Record], plan: Plan) -> None:
    people = _people(some, plan)
    for record in some:
        if record.get("email") not in people:
            plan.leave_out(record, "unknown_person", "email")
        else:
            _take(record, "kept", plan)


def _domains(some: list[Record], plan: Plan) -> None:
    here = Organisations(some)
    for record in some:
        word = record.get("organisation")
        if word and word not in plan.references and here.named(word) is None:
            plan.leave_out(record, "unknown_organisation", "organisation", value=word[:100])
            continue
        plan.domains.add(record.get("domain"))
        _take(record, "kept", plan)


def _domains_here(addresses: Iterable[str]) -> set[str]:
    names = {address.partition("@")[2] for address in addresses}
    return set(MailDomain.objects.filter(name__in=names).values_list("name", flat=True))


def _mailboxes(some: list[Record], plan: Plan) -> None:
    domains, people = _domains_here(record.get("address") for record in some), _people(some, plan)
    for record in some:
        if record.get("address").partition("@")[2] not in plan.domains | domains:
            plan.leave_out(record, "unknown_domain", "address", value=record.get("address").partition("@")[2])
        elif record.get("email") and record.get("email") not in people:
            plan.leave_out(record, "unknown_person", "email")
        else:
            _take(record, "kept", plan)


def _redirections(some: list[Record], plan: Plan) -> None:
    domains = _domains_here(record.get("source") for record in some)
    for record in some:
        domain = record.get("source").partition("@")[2]
        if domain not in plan.domains | domains:
            plan.leave_out(record, "unknown_domain", "source", value=domain)
        else:
            _take(record, "kept", plan)


_COMPARE = {
    "organisation": _organisations,
    "person": _persons,
    "role": _roles,
    "name": _names,
    "domain": _domains,
    "mailbox": _mailboxes,
    "redirection": _redirections,
}
