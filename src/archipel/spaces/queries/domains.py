# SPDX-License-Identifier: AGPL-3.0-or-later
"""The own names of a space as its people and the desk read them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from archipel.kernel import clock
from archipel.spaces import domains
from archipel.spaces.domain_words import STATE_WORDS, TONES
from archipel.spaces.models import Address, Domain, Space
from archipel.spaces.wiring import publishes


@dataclass(frozen=True)
class RecordLine:
    """One record: what to create at the registrar, and what is seen there now."""

    kind: str
    name: str
    expected: list[str]
    observed: list[str]
    right: bool


@dataclass(frozen=True)
class DomainView:
    """One name: ``name`` as people write it, ``ascii`` as the DNS does when that differs."""

    domain_id: str
    name: str
    ascii: str
    state: str
    state_words: str
    tone: str
    main: bool
    is_main: bool
    problem: str
    problem_words: str
    checked_at: datetime | None
    next_check_at: datetime | None
    due: bool
    records: list[RecordLine]


@dataclass(frozen=True)
class DomainsView:
    """All own names of a space; ``address`` is the one that the host gave, ``main`` where visitors end up."""

    address: str
    main: str
    own_address_is_main: bool
    may_choose_main: bool
    lines: list[DomainView]


def domains_view(space: Space) -> DomainsView:
    """Return the names of a space with their records: two queries."""
    address = Address.objects.filter(space=space).values_list("name", flat=True).first() or ""
    rows = space.domains.exclude(state="removed").order_by("added_at", "pk")
    lines = [_view(domain, address) for domain in rows]
    main = next((line.name for line in lines if line.is_main), "")
    return DomainsView(address, main or address, not main, publishes(space), lines)


def _view(domain: Domain, address: str) -> DomainView:
    shown = domains.shown(domain.name)
    due = domain.next_check_at is not None and domain.next_check_at <= clock.now()
    return DomainView(
        domain_id=domain.public_id,
        name=shown,
        ascii="" if shown == domain.name else domain.name,
        state=domain.state,
        state_words=str(STATE_WORDS[domain.state]),
        tone=TONES[domain.state],
        main=domain.main,
        is_main=domain.main and domain.state == "enabled",
        problem=domain.problem,
        problem_words=domains.problem_words(domain),
        checked_at=domain.checked_at,
        next_check_at=domain.next_check_at,
        due=due,
        records=records_of(domain, address),
    )


def records_of(domain: Domain, address: str) -> list[RecordLine]:
    """Return the records a name needs, each with what was seen of it at the last check."""
    seen = {kind: list(domain.observed.get(kind, [])) for kind in ("A", "AAAA", "TXT", "CAA")}
    lines = _addresses(domain, seen) if domains.is_bare(domain) else [_alias(domain, address, seen)]
    if domain.proof_needed:
        wanted = domains.proof_of(domain)
        name = f"_archipel.{domain.name}"
        lines.append(RecordLine("TXT", name, [wanted], seen["TXT"], wanted in seen["TXT"]))
    authority = domains.authority_record()
    if authority and not domains.allows(seen["CAA"]):
        lines.append(RecordLine("CAA", domain.name, [authority], seen["CAA"], False))
    return lines


def _addresses(domain: Domain, seen: dict[str, list[str]]) -> list[RecordLine]:
    lines = []
    for kind in domains.ADDRESS_TYPES:
        wanted = list(domain.wanted.get(kind, []))
        strangers = set(seen[kind]) - set(wanted)
        if wanted or strangers:
            right = not strangers and (bool(seen[kind]) or kind == "AAAA")
            lines.append(RecordLine(kind, domain.name, wanted, seen[kind], right))
    return lines


def _alias(domain: Domain, address: str, seen: dict[str, list[str]]) -> RecordLine:
    found = seen["A"] + seen["AAAA"]
    right = domain.checked_at is not None and domain.problem not in {"absent", "elsewhere", "elsewhere_ipv6"}
    return RecordLine("CNAME", domain.name, [f"{address}."], found, right and bool(found))
