# SPDX-License-Identifier: AGPL-3.0-or-later
"""The user names that people already have in applications."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from archipel.history import operations as history
from archipel.identity.models import AccountName, Client, Person
from archipel.identity.user_names import InvalidUserName, clean_application, clean_user_name
from archipel.kernel import clock
from archipel.kernel.refusals import Refusal


class UserNameTaken(Refusal):
    """Another person has this name there: one of the two would open the other's files."""

    code = "user_name_taken"
    message = _("Another person has this user name in this application.")


@dataclass(frozen=True)
class KeptName:
    """The row of a name, and the name that stood there before ("": none)."""

    row: AccountName
    before: str


def keep_account_name(*, person: Person, application: str, user_name: str) -> tuple[AccountName, str]:
    """Keep the name a person has in an application; return the row and the name it held before ("": none). Repeatable.

    (``InvalidUserName``, ``UserNameTaken``.)
    """
    kept = keep_account_names(names=[(person, application, user_name)])[0]
    if isinstance(kept, Refusal):
        raise kept
    return kept.row, kept.before


def keep_account_names(*, names: Sequence[tuple[Person, str, str]]) -> list[KeptName | Refusal]:
    """Keep names (person, application, name there), each as if it were alone; return what became of each, in order."""
    with transaction.atomic():
        cleaned = [_cleaned(person, application, user_name) for person, application, user_name in names]
        there = _NamesThere([one for one in cleaned if not isinstance(one, Refusal)])
        kept = [one if isinstance(one, Refusal) else there.keep(*one) for one in cleaned]
        AccountName.objects.bulk_create(there.fresh)
        AccountName.objects.bulk_update(there.changed, ["user_name"])
    return kept


def _cleaned(person: Person, application: str, user_name: str) -> tuple[Person, str, str] | Refusal:
    try:
        found = clean_application(application), clean_user_name(user_name)
    except Refusal as refusal:
        return refusal
    return (person, *found) if found[0] else InvalidUserName(field="application")


class _NamesThere:
    """The names that some new ones may meet, read once; what is written meanwhile is seen as well."""

    def __init__(self, names: Sequence[tuple[Person, str, str]]) -> None:
        applications = {application for _person, application, _name in names}
        wanted = {user_name for _person, _application, user_name in names}
        people = {person.pk for person, _application, _name in names}
        self.clients = {application: _linked(application) for application in sorted(applications)}
        there = Q(application__in=applications) | Q(client__in=[key for key in self.clients.values() if key])
        self._rows: dict[str, list[AccountName]] = {}
        for row in AccountName.objects.filter(there, user_name__in=wanted):
            self._rows.setdefault(row.user_name, []).append(row)
        # What an application is told of people without a name there is their identifier: nobody else is called that.
        self._ids = dict(Person.objects.filter(public_id__in=wanted).values_list("public_id", "pk"))
        own = AccountName.objects.select_for_update().filter(person__in=people, application__in=applications)
        self._own = {(row.person_id, row.application): row for row in own}
        self.fresh: list[AccountName] = []
        self.changed: list[AccountName] = []

    def keep(self, person: Person, application: str, user_name: str) -> KeptName | Refusal:
        if self._is_taken(person, application, user_name):
            return UserNameTaken(field="user_name")
        row = self._own.get((person.pk, application))
        before = row.user_name if row else ""
        if row is None:
            row = AccountName(person=person, application=application, created_at=clock.now())
            row.client_id = self.clients[application]
            self._own[person.pk, application] = row
            self.fresh.append(row)
        if before != user_name:
            self._rows[before] = [other for other in self._rows.get(before, []) if _place(other) != _place(row)]
            row.user_name = user_name
            self._rows.setdefault(user_name, []).append(row)
            if row.pk and row not in self.changed:
                self.changed.append(row)
        return KeptName(row, before)

    def _is_taken(self, person: Person, application: str, user_name: str) -> bool:
        client = self.clients[application]
        for row in self._rows.get(user_name, ()):
            same_place = row.application == application or (client is not None and row.client_id == client)
            if same_place and _place(row) != (person.pk, application):
                return True
        return self._ids.get(user_name, person.pk) != person.pk


def _place(row: AccountName) -> tuple[int, str]:
    return row.person_id, row.application


def take_back_account_name(*, name_id: int, given: str, before: str) -> str:
    """Undo what ``keep_account_name`` did: "" when done, ``changed`` when the name was changed since. Repeatable."""
    with transaction.atomic():
        row = AccountName.objects.select_for_update().filter(pk=name_id).first()
        if row is None:
            return ""
        if row.user_name != given:
            return "changed"
        if not before:
            row.delete()
            return ""
        row.user_name = before
        row.save(update_fields=["user_name"])
    return ""


def link_application(*, application: str, client: Client | None, by: Person) -> int:
    """Say which client the names kept for an application belong to (None: the one of that name); return how many."""
    name = clean_application(application)
    with transaction.atomic():
        rows = AccountName.objects.filter(application=name)
        wanted = list(rows.values_list("user_name", flat=True)) if client else []
        twice = AccountName.objects.filter(client=client, user_name__in=wanted).exclude(application=name)
        if client and twice.exists():
            raise UserNameTaken(field="client")
        linked = rows.update(client=client)
        history.record(
            what="identity.application_linked",
            about=("client", client.public_id if client else "", client.name if client else name),
            actor=by,
            visible="host",
            application=name,
        )
    return linked


def move_account_names(*, kept: Person, absorbed: Person) -> None:
    """Give ``kept`` the names of ``absorbed``; where both have one in an application, that of ``kept`` stays."""
    with transaction.atomic():
        own = AccountName.objects.filter(person=kept).values("application")
        AccountName.objects.filter(person=absorbed, application__in=own).delete()
        AccountName.objects.filter(person=absorbed).update(person=kept)


def _linked(application: str) -> int | None:
    return (
        AccountName.objects.filter(application=application)
        .exclude(client=None)
        .values_list("client_id", flat=True)
        .first()
    )
