# SPDX-License-Identifier: AGPL-3.0-or-later
"""The user names that people already have in applications."""

from __future__ import annotations

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


def keep_account_name(*, person: Person, application: str, user_name: str) -> tuple[AccountName, str]:
    """Keep the name a person has in an application; return the row and the name it held before ("": none). Repeatable.

    (``InvalidUserName``, ``UserNameTaken``.)
    """
    application, user_name = clean_application(application), clean_user_name(user_name)
    if not application:
        raise InvalidUserName(field="application")
    with transaction.atomic():
        client_id = _linked(application)
        there = Q(application=application) | Q(client=client_id, client__isnull=False)
        others = AccountName.objects.filter(there, user_name=user_name).exclude(person=person, application=application)
        # What an application is told of people without a name there is their identifier: nobody else is called that.
        if others.exists() or Person.objects.filter(public_id=user_name).exclude(pk=person.pk).exists():
            raise UserNameTaken(field="user_name")
        row = AccountName.objects.select_for_update().filter(person=person, application=application).first()
        before = row.user_name if row else ""
        if row is None:
            row = AccountName(person=person, application=application, created_at=clock.now())
            row.client_id = client_id
        if before != user_name:
            row.user_name = user_name
            row.save()
    return row, before


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
