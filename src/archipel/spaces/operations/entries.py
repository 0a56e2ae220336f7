# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who may enter the application of a space: entries, written in the transaction of whatever decides of them."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.history import operations as history
from archipel.identity import operations as identity
from archipel.identity.models import Entry, Person
from archipel.identity.queries import confirmed_addresses_of
from archipel.kernel.refusals import Refusal
from archipel.mailing import operations as mailing
from archipel.organisations.models import Invitation, Membership, Organisation
from archipel.organisations.operations import NotOneOfThem, RoleNotKnown
from archipel.outbox import operations as outbox
from archipel.spaces.audience import lets_people_in, people_in, roles_known, word_of
from archipel.spaces.claims import THROUGH
from archipel.spaces.models import AwaitedRole, Space, SpaceRole
from archipel.spaces.moves import locked
from archipel.spaces.operations.entering import push_people
from archipel.spaces.roles import role_words


class NobodySignsIn(Refusal):
    """People do not sign in to this space: what they may do follows from their role in the organisation."""

    code = "nobody_signs_in"
    message = _("Nobody signs in to this space: what people may do there follows from their role.")


def entries_follow(*, organisation: Organisation, person: Person | None = None, left: bool = False) -> int:
    """Let the entries of an organisation's spaces follow its roles, in the transaction of the change; return how many differed.

    Fills the setting ``ENTRIES_FOLLOW`` of organisations. A person who ``left`` loses their own roles.
    """
    # Those without a client too: one that is being opened would read the roles of before and let in who leaves now.
    rows = Space.objects.select_for_update(of=("self",)).filter(organisation=organisation).exclude(state="deleted")
    # In one order everywhere: two changes at once must not wait for one another's spaces.
    spaces = list(rows.select_related("organisation").order_by("pk"))
    if spaces and left:
        SpaceRole.objects.filter(space__in=spaces, person=person).delete()
    elif spaces and person is not None:
        _give_awaited(spaces, person)
    return sum(rewrite_entries_of(space=space, person=person) for space in spaces)


def _give_awaited(spaces: list[Space], person: Person) -> None:
    """Give what came with a bundle for an address that this person has confirmed."""
    rows = AwaitedRole.objects.filter(email__in=confirmed_addresses_of(person), space__in=spaces)
    for row in rows.select_related("space"):
        if not _was_withdrawn(row):
            SpaceRole.objects.get_or_create(space=row.space, person=person, defaults={"role": row.role})
        row.delete()


def _was_withdrawn(row: AwaitedRole) -> bool:
    """Return whether the invitation a bundle brought is no more, taken back or long over: who comes by another begins anew."""
    sent = Invitation.objects.filter(
        organisation=row.space.organisation_id, email=row.email, created_at__lte=row.since
    ).order_by("-created_at", "-pk")
    first = sent.first()
    return first is None or first.withdrawn_at is not None


def rewrite_entries_of(*, space: Space, person: Person | None = None) -> int:
    """Make the entries of a space (of one person there) what its life and roles say; return how many differed.

    Called in the caller's transaction, which holds the row of the space: it is the lock of these entries.
    """
    if space.client_id is None:
        return 0
    way = f"{THROUGH}{space.public_id}"
    entries = Entry.objects.select_related("client", "person").filter(through=way)
    if person is not None:
        entries = entries.filter(person=person)
    present = {entry.person.public_id: entry for entry in entries}
    wanted = _wanted(space, person)
    ended = [entry for who, entry in sorted(present.items()) if who not in wanted]
    for entry in ended:
        identity.end_entry(client=entry.client, person=entry.person, through=way)
    given = [who for who, word in sorted(wanted.items()) if who not in present or present[who].roles != [word]]
    people = {row.public_id: row for row in Person.objects.filter(public_id__in=given)}
    for who in given:
        identity.give_entry(client=space.client, person=people[who], through=way, roles=[wanted[who]])  # type: ignore[arg-type]  # not null: see above
    return len(ended) + len(given)


def _wanted(space: Space, person: Person | None) -> dict[str, str]:
    if not lets_people_in(space):
        return {}
    known = roles_known(space)
    return {who.person_id: word_of(known, who.role) for who in people_in(space, person)}


def change_space_role(*, space: Space, person: Person, role: str | None, by: Person | None) -> Space:
    """Say what one person enters a space with: a role it knows, ``""`` for not at all, None for as their role says.

    ``NobodySignsIn``, ``NotOneOfThem``, ``RoleNotKnown``. The person is told by mail; nothing is written when nothing differs.
    """
    with transaction.atomic():
        space = locked(space)
        if space.client_id is None:
            raise NobodySignsIn
        if role and role not in roles_known(space):
            raise RoleNotKnown(field="role")
        if not Membership.objects.filter(organisation=space.organisation, person=person, ended_at=None).exists():
            raise NotOneOfThem
        own = SpaceRole.objects.filter(space=space, person=person)
        if list(own.values_list("role", flat=True)) == ([] if role is None else [role]):
            return space
        own.delete()
        if role is not None:
            SpaceRole.objects.create(space=space, person=person, role=role)
        rewrite_entries_of(space=space, person=person)
        tell_people(space=space)
        _record(space, person, role, by)
        _tell(space, person, by)
    return space


def tell_people(*, space: Space) -> None:
    """Have the application told who may enter, after the caller's transaction."""
    if space.connector:
        outbox.enqueue_once(
            task=push_people, key=f"spaces.people:{space.public_id}", kwargs={"space_id": space.public_id}
        )


def repair_space_entries() -> int:
    """Compare the entries given through spaces with what decides of them, and correct what differs; return how many.

    Each space is a transaction of its own and gets a line of history. Repeatable.
    """
    ways = Entry.objects.filter(through__startswith=THROUGH).values_list("through", flat=True).distinct()
    known = set(Space.objects.filter(client__isnull=False).values_list("public_id", flat=True))
    orphans = [way for way in ways if way.removeprefix(THROUGH) not in known]
    repaired = sum(identity.end_entries_through(through=way) for way in orphans)
    for space in Space.objects.filter(client__isnull=False).exclude(state="deleted").order_by("pk").iterator():
        repaired += _repair(space)
    return repaired


def _repair(space: Space) -> int:
    with transaction.atomic():
        space = locked(space)
        count = rewrite_entries_of(space=space)
        if count:
            history.record(
                what="space.entries_repaired",
                about=("space", space.public_id, space.title),
                organisation_id=space.organisation.public_id,
                count=count,
            )
    return count


def _record(space: Space, person: Person, role: str | None, by: Person | None) -> None:
    history.record(
        what=f"space.own_role.{'none' if role == '' else 'role' if role else 'usual'}",
        about=("person", person.public_id, person.name),
        organisation_id=space.organisation.public_id,
        actor=by,
        space=space.title,
        role=role or "",
    )


def _tell(space: Space, person: Person, by: Person | None) -> None:
    """Write to the person whose right changed; who did it to themselves knows."""
    if by is not None and by.pk == person.pk:
        return
    entering = [role_words(roles_known(space), who.role) for who in people_in(space, person)]
    mailing.send(
        name="spaces/role_changed",
        to=person.email,
        to_name=person.name,
        language=person.language,
        context={
            "name": person.name,
            "space": space,
            "role": next(iter(entering), ""),
            "by": by.name if by else "",
            "url": space.client.home_url if space.client else "",
        },
    )
