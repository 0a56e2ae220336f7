# SPDX-License-Identifier: AGPL-3.0-or-later
"""What each kind of record becomes here. Called in the transaction of ``bring_part``, with records that were checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db import transaction

from archipel.identity import operations as identity
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import Refusal
from archipel.organisations.models import FormerReference, Membership, Organisation, Town
from archipel.organisations.moving.checking import Wrong
from archipel.organisations.moving.finding import Organisations, people_of
from archipel.organisations.moving.records import Record
from archipel.organisations.operations.mail import keep_domain, keep_mailbox, keep_redirection
from archipel.organisations.operations.organising import change_organisation, create_organisation
from archipel.organisations.operations.roles import FirstRole, give_first_roles, give_role
from archipel.organisations.rights import roles_for, strength
from archipel.organisations.towns import town_key

MEGABYTE = 10**6


@dataclass
class Brought:
    """What became of a record: ``how`` counts it; ``object_id`` is there when there is something to undo."""

    kind: str
    how: str
    object_id: int | None = None
    label: str = ""
    undo: dict[str, Any] = field(default_factory=dict)
    problem: str = ""
    column: str = ""
    values: dict[str, Any] = field(default_factory=dict)


def _organisations(some: Sequence[Record]) -> list[Brought]:
    here = Organisations(some)
    towns = _towns(some)
    return [_attempt(record, lambda record: _organisation(record, here, towns)) for record in some]


def _attempt(record: Record, act: Callable[[Record], Brought]) -> Brought:
    """Bring one record in; what a rule refuses is left out, said, and undone alone."""
    try:
        with transaction.atomic():
            return act(record)
    except Wrong as wrong:
        return Brought(record.kind, "left_out", problem=wrong.code, column=wrong.column, values=dict(wrong.values))
    except Refusal as refusal:
        return Brought(record.kind, "left_out", problem=refusal.code, column=refusal.field)


def _towns(some: Sequence[Record]) -> dict[str, Town]:
    """Return the towns of which there is only one of that name."""
    keys = {town_key(record.get("town")) for record in some if record.get("town")}
    found: dict[str, list[Town]] = {}
    for town in Town.objects.filter(search_name__in=keys) if keys else ():
        found.setdefault(town.search_name, []).append(town)
    return {name: rows[0] for name, rows in found.items() if len(rows) == 1}


def _organisation(record: Record, here: Organisations, towns: dict[str, Town]) -> Brought:
    found = here.meant_by(record)
    town = towns.get(town_key(record.get("town")))
    facts: dict[str, Any] = {
        "rna": record.get("rna"),
        "siren": record.get("siren"),
        "founded_year": int(record.get("founded_year")) if record.get("founded_year") else None,
        "town": town,
        "town_text": "" if town else record.get("town")[:120],
    }
    days = {name: date.fromisoformat(record.get(name)) for name in _DAYS if record.get(name)}
    if found is None:
        made = create_organisation(name=record.get("name"), kind=record.get("kind"), **facts)
        if days:
            Organisation.objects.filter(pk=made.pk).update(**days)
        reference = _refer(record, made, here)
        undo = {"reference": reference}
        return Brought("organisation", "created", made.pk, made.name, undo)
    return _learn(record, found, {**facts, **days}, here)


_DAYS = ("member_since", "member_until")


def _learn(record: Record, found: Organisation, facts: dict[str, Any], here: Organisations) -> Brought:
    """Fill in what was not known of an organisation; nothing that was is replaced."""
    if found.town_id or found.town_text:
        facts = {name: value for name, value in facts.items() if name not in ("town", "town_text")}
    learnt = {name: value for name, value in facts.items() if value and not getattr(found, name)}
    if learnt:
        change_organisation(organisation=found, changes=learnt, by=None)
    known = FormerReference.objects.filter(reference=record.get("reference")).exists()
    reference = None if known else _refer(record, found, here)
    if not learnt and reference is None:
        return Brought("organisation", "adopted")
    given = {name: value.pk if isinstance(value, Town) else str(value) for name, value in learnt.items()}
    return Brought("organisation", "adopted", found.pk, found.name, {"learnt": given, "reference": reference})


def _refer(record: Record, organisation: Organisation, here: Organisations) -> int:
    row = FormerReference.objects.create(
        reference=record.get("reference"), organisation=organisation, created_at=clock.now()
    )
    here.add(row.reference, organisation)
    return row.pk


def _persons(some: Sequence[Record]) -> list[Brought]:
    arrivals = [
        identity.Arrival(
            email=record.get("email"),
            name=record.get("name"),
            language=record.get("language"),
            confirmed=bool(record.get("confirmed")),
            other_emails=tuple(record.get("other_emails").split()),
            passphrase=record.get("passphrase_hash"),
        )
        for record in some
    ]
    return [_arrived(one) for one in identity.receive_arrivals(arrivals=arrivals)]


def _arrived(one: identity.Arrived) -> Brought:
    if one.person is None:
        return Brought("person", "left_out", problem=f"account_{one.how}", column="email")
    if one.how == "adopted" and not one.undo:
        return Brought("person", "adopted")
    # The name is read from the person when it is shown: it is theirs to change and to have forgotten.
    return Brought("person", one.how, one.person.pk, "", one.undo)


def _roles(some: Sequence[Record]) -> list[Brought]:
    here, people = Organisations(some), people_of(some)
    firsts = _first_roles(some, here, people)
    return [firsts.get(n) or _attempt(some[n], lambda record: _role(record, here, people)) for n in range(len(some))]


def _first_roles(some: Sequence[Record], here: Organisations, people: dict[str, Person]) -> dict[int, Brought]:
    """Give their role at once to those who hold none there: nearly everybody. By place among the records."""
    wanted: dict[int, FirstRole] = {}
    for place, record in enumerate(some):
        organisation, person = here.named(record.get("organisation")), people.get(record.get("email"))
        until = _instant(record.get("until"))
        if organisation is None or person is None or organisation.kind == "host" or (until and until <= clock.now()):
            continue
        if record.get("role") in roles_for(organisation.kind):
            since, last_day = _instant(record.get("since")), until.date() if until else None
            wanted[place] = FirstRole(organisation, person, record.get("role"), since, last_day)
    rows = give_first_roles(roles=list(wanted.values()))
    return {
        place: Brought("role", "given", row.pk, row.organisation.name, {"replaced": []})
        for place, row in zip(wanted, rows, strict=True)
        if row is not None
    }


def _role(record: Record, here: Organisations, people: dict[str, Person]) -> Brought:
    organisation, person = _both(record, here, people)
    if organisation.kind == "host":
        raise Wrong("host_itself", "organisation")
    since, until = _instant(record.get("since")), _instant(record.get("until"))
    role = record.get("role")
    if until and until <= clock.now():
        return _past_role(organisation, person, role, since or until, until)
    held = list(Membership.objects.filter(organisation=organisation, person=person, ended_at=None))
    if any(strength(row.role) >= strength(role) for row in held):
        return Brought("role", "already")
    given = give_role(organisation=organisation, person=person, role=role)
    given.since = min(since or given.since, given.since)
    given.last_day = until.date() if until else None
    given.save(update_fields=["since", "last_day"])
    undo = {"replaced": [row.pk for row in held]}
    return Brought("role", "given", given.pk, organisation.name, undo)


def _past_role(organisation: Organisation, person: Person, role: str, since: datetime, until: datetime) -> Brought:
    row, made = Membership.objects.get_or_create(
        organisation=organisation, person=person, role=role, since=since, ended_at=until
    )
    return Brought("role", "past" if made else "already", row.pk if made else None, organisation.name, {"past": True})


def _both(record: Record, here: Organisations, people: dict[str, Person]) -> tuple[Organisation, Person]:
    organisation, person = here.named(record.get("organisation")), people.get(record.get("email"))
    if organisation is None:
        raise Wrong("unknown_organisation", "organisation", value=record.get("organisation")[:100])
    if person is None:
        raise Wrong("unknown_person", "email")
    return organisation, person


def _instant(day: str) -> datetime | None:
    return datetime.combine(date.fromisoformat(day), time(), tzinfo=clock.zone()) if day else None


def _names(some: Sequence[Record]) -> list[Brought]:
    people = people_of(some)
    meant = [record for record in some if record.get("email") in people]
    kept = identity.keep_account_names(
        names=[(people[one.get("email")], one.get("application"), one.get("user_name")) for one in meant]
    )
    done = iter(kept)
    return [_name(record, next(done) if record.get("email") in people else None) for record in some]


def _name(record: Record, kept: identity.KeptName | Refusal | None) -> Brought:
    if kept is None:
        return Brought("name", "left_out", problem="unknown_person", column="email")
    if isinstance(kept, Refusal):
        return Brought("name", "left_out", problem=kept.code, column=kept.field)
    user_name = record.get("user_name")
    if kept.before == user_name:
        return Brought("name", "already")
    return Brought("name", "kept", kept.row.pk, kept.row.application, {"given": user_name, "before": kept.before})


def _domains(some: Sequence[Record]) -> list[Brought]:
    here = Organisations(some)
    return [_attempt(record, lambda record: _domain(record, here)) for record in some]


def _domain(record: Record, here: Organisations) -> Brought:
    organisation = here.named(record.get("organisation")) if record.get("organisation") else None
    row, new = keep_domain(name=record.get("domain"), organisation=organisation)
    return Brought("domain", "kept", row.pk, row.name) if new else Brought("domain", "already")


def _mailboxes(some: Sequence[Record]) -> list[Brought]:
    people = people_of(some)
    return [_attempt(record, lambda record: _mailbox(record, people)) for record in some]


def _mailbox(record: Record, people: dict[str, Person]) -> Brought:
    person = people.get(record.get("email"))
    if record.get("email") and person is None:
        raise Wrong("unknown_person", "email")
    quota = int(record.get("quota_mb")) * MEGABYTE if record.get("quota_mb") else None
    row, new = keep_mailbox(address=record.get("address"), person=person, name=record.get("name"), quota_bytes=quota)
    return Brought("mailbox", "kept", row.pk) if new else Brought("mailbox", "already")


def _redirections(some: Sequence[Record]) -> list[Brought]:
    return [_attempt(record, _redirection) for record in some]


def _redirection(record: Record) -> Brought:
    row, new = keep_redirection(source=record.get("source"), destination=record.get("destination"))
    return Brought("redirection", "kept", row.pk) if new else Brought("redirection", "already")


BRING: dict[str, Callable[[Sequence[Record]], list[Brought]]] = {
    "organisation": _organisations,
    "person": _persons,
    "role": _roles,
    "name": _names,
    "domain": _domains,
    "mailbox": _mailboxes,
    "redirection": _redirections,
}
