# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who of an organisation enters which client: what follows from roles and accesses, and the entries that say so."""

from __future__ import annotations

from collections.abc import Iterable

from archipel.identity import operations as identity
from archipel.identity.models import Entry, Person
from archipel.organisations.models import Access, Membership, Organisation, PersonalAccess
from archipel.organisations.wiring import entries_follow

# A person, told apart by key, and the words told about them.
Entering = dict[int, frozenset[str]]


# How entries name an organisation they are given through: this, and its public id.
THROUGH = "organisation:"


def through(organisation: Organisation) -> str:
    """Return how entries name what they are given through."""
    return f"{THROUGH}{organisation.public_id}"


def open_accesses(organisation: Organisation) -> list[Access]:
    """Return the clients an organisation enters now; one that was merged away enters none."""
    if organisation.merged_into_id:
        return []
    rows = Access.objects.select_related("client", "organisation").filter(organisation=organisation, closed_at=None)
    return list(rows.filter(client__closed_at=None).order_by("client_id"))


def roles_held_in(organisation: Organisation, person: Person | None = None) -> dict[int, set[str]]:
    """Return the present roles of an organisation by key of person, of accounts that may sign in."""
    rows = Membership.objects.filter(organisation=organisation, ended_at=None, person__is_active=True)
    if person is not None:
        rows = rows.filter(person=person)
    held: dict[int, set[str]] = {}
    for key, role in rows.values_list("person_id", "role"):
        held.setdefault(key, set()).add(role)
    return held


def who_enters(access: Access, held: dict[int, set[str]], own: dict[int, str]) -> Entering:
    """Return who enters a client of these people, with which words: their own where they have one, else by role."""
    found: Entering = {}
    for key, roles in held.items():
        words = {own[key]} - {""} if key in own else {access.roles[role] for role in roles if role in access.roles}
        if words:
            found[key] = frozenset(words)
    return found


def own_roles(accesses: Iterable[Access]) -> dict[int, dict[int, str]]:
    """Return, by key of access, what single persons enter with whatever their role."""
    found: dict[int, dict[int, str]] = {access.pk: {} for access in accesses}
    for row in PersonalAccess.objects.filter(access__in=list(found)):
        found[row.access_id][row.person_id] = row.role
    return found


def rewrite_entries(organisation: Organisation, person: Person | None = None, *, left: bool = False) -> int:
    """Make the entries of an organisation (of one person in it) what its roles and accesses say; return how many differed.

    Called in the transaction of the change, which holds the organisation's row. What is entered through something else
    that an app above opened for the organisation (its spaces) follows in the same transaction (``ENTRIES_FOLLOW``).
    ``left``: the person no longer belongs, and what was set for them alone is forgotten.
    """
    return _rewrite_own(organisation, person) + entries_follow(organisation, person, left=left)


def _rewrite_own(organisation: Organisation, person: Person | None) -> int:
    way, accesses = through(organisation), open_accesses(organisation)
    entries = Entry.objects.select_related("client", "person").filter(through=way)
    if person is not None:
        entries = entries.filter(person=person)
    present = {(entry.client_id, entry.person_id): entry for entry in entries}
    if not accesses and not present:
        return 0
    held, own = roles_held_in(organisation, person), own_roles(accesses)
    wanted = {
        (access.client_id, key): sorted(words)
        for access in accesses
        for key, words in who_enters(access, held, own[access.pk]).items()
    }
    clients = {access.client_id: access.client for access in accesses}
    people = {entry.person_id: entry.person for entry in present.values()}
    people |= Person.objects.in_bulk({key for _client, key in wanted} - people.keys())
    changed = 0
    # In one order everywhere: two changes at once must not wait for one another's clients.
    for client_id, key in sorted(present.keys() | wanted.keys()):
        entry, words = present.get((client_id, key)), wanted.get((client_id, key))
        if entry is not None and words is None:
            identity.end_entry(client=entry.client, person=entry.person, through=way)
        elif words is not None and (entry is None or entry.roles != words):
            identity.give_entry(client=clients[client_id], person=people[key], through=way, roles=words)
        else:
            continue
        changed += 1
    return changed


def drop_own_roles(organisation: Organisation, person: Person) -> bool:
    """Forget what a person who no longer belongs entered with: who comes back begins with their role. Return whether so."""
    left = not Membership.objects.filter(organisation=organisation, person=person, ended_at=None).exists()
    if left:
        PersonalAccess.objects.filter(access__organisation=organisation, person=person).delete()
    return left


def follow_roles(organisation: Organisation, person: Person) -> None:
    """Let entries follow the end of a person's roles, in its transaction."""
    left = drop_own_roles(organisation, person)
    rewrite_entries(organisation, person, left=left)
