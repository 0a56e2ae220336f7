# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may enter which client. Called by the apps above in the transaction of the change that gives or takes the right."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction

from archipel.identity.events import EntryEnded, EntryGiven
from archipel.identity.models import Client, Entry, Person
from archipel.identity.operations.sign_ins import end_sign_ins
from archipel.kernel import clock
from archipel.outbox import operations as outbox


def give_entry(*, client: Client, person: Person, through: str, roles: Sequence[str] = ()) -> Entry:
    """Let a person enter a client through one thing (``organisation:<id>``…), with these roles there. Repeatable.

    Called again for the same thing it replaces the roles that this thing gives.
    """
    given = sorted(set(roles))
    with transaction.atomic():
        _lock(client)
        entry = Entry.objects.filter(client=client, person=person, through=through).first()
        if entry is not None and entry.roles == given:
            return entry
        if entry is None:
            entry = Entry(client=client, person=person, through=through, since=clock.now())
        entry.roles = given
        entry.save()
        outbox.announce(EntryGiven(client_id=client.public_id, person_id=person.public_id))
    return entry


def end_entry(*, client: Client, person: Person, through: str) -> bool:
    """End what one thing gives a person at a client; return whether they may still enter through another. Repeatable."""
    with transaction.atomic():
        _lock(client)
        held = Entry.objects.filter(client=client, person=person)
        ended, _rows = held.filter(through=through).delete()
        remains = held.exists()
        if ended:
            if not remains:
                end_sign_ins(reason="entry", client=client, person=person)
            fact = EntryGiven if remains else EntryEnded
            outbox.announce(fact(client_id=client.public_id, person_id=person.public_id))
    return remains


def end_entries_through(*, through: str) -> int:
    """End everything that one thing gives, for all people and clients; return how many entries ended."""
    with transaction.atomic():
        rows = list(Entry.objects.select_related("client", "person").filter(through=through))
        for row in rows:
            end_entry(client=row.client, person=row.person, through=through)
    return len(rows)


def end_entries_of(*, person: Person) -> int:
    """End every entry of a person, whatever gives it; return how many entries ended."""
    with transaction.atomic():
        rows = list(Entry.objects.select_related("client").filter(person=person))
        for row in rows:
            end_entry(client=row.client, person=person, through=row.through)
    return len(rows)


def move_entries(*, kept: Person, absorbed: Person) -> None:
    """Give to ``kept`` what ``absorbed`` may enter; where both enter through one thing, roles add up."""
    with transaction.atomic():
        for row in Entry.objects.select_related("client").filter(person=absorbed):
            own = Entry.objects.filter(client=row.client, person=kept, through=row.through).first()
            roles = [*row.roles, *(own.roles if own else [])]
            give_entry(client=row.client, person=kept, through=row.through, roles=roles)
            end_entry(client=row.client, person=absorbed, through=row.through)


def _lock(client: Client) -> None:
    # The client's row is the lock: two changes at once must agree on whether an entry remains. Its key stays free: who
    # signs in at this moment holds their entries and points to the client.
    Client.objects.select_for_update(no_key=True).get(pk=client.pk)
