# SPDX-License-Identifier: AGPL-3.0-or-later
"""Undo an import, last things first: what it made goes, what it changed returns, what was used since stays and is said."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from archipel.history import operations as history
from archipel.identity import operations as identity
from archipel.identity.models import Person
from archipel.organisations.access import forget_roles_held
from archipel.organisations.entering import follow_roles
from archipel.organisations.events import RoleEnded, RoleGiven
from archipel.organisations.models import (
    Batch,
    BatchEffect,
    DomainMailbox,
    FormerReference,
    MailDomain,
    Membership,
    Organisation,
    Redirection,
)
from archipel.organisations.moving.ledger import locked
from archipel.organisations.moving.planning import batched
from archipel.organisations.moving.turns import taken_in_turns
from archipel.organisations.operations.organising import change_organisation
from archipel.outbox import operations as outbox

PIECE, AT_ONCE = 200, 20


def take_back_piece(*, batch: Batch) -> int:
    """Undo the last 200 things of an import that are not undone yet; return how many. Repeatable.

    Several transactions of some 20 things each; others write in between.
    """
    left = batch.effects.filter(undone=False, kept_because="").order_by("-pk")[:PIECE]
    done = 0
    with taken_in_turns() as turns:
        for some in batched(left, AT_ONCE):
            with turns.write(), transaction.atomic():
                if locked(batch).state != "undoing":
                    return done
                for effect in some:
                    effect.kept_because = _TAKE_BACK[effect.kind](effect)
                    effect.undone = not effect.kept_because
                BatchEffect.objects.bulk_update(some, ["kept_because", "undone"])
            done += len(some)
    return done


def _organisation(effect: BatchEffect) -> str:
    row = Organisation.objects.select_for_update().filter(pk=effect.object_id).first()
    if row is None:
        return ""
    if row.merged_into_id:
        return "changed"
    if effect.how == "created":
        return _delete_organisation(row)
    FormerReference.objects.filter(pk=effect.undo.get("reference")).delete()
    return _unlearn(row, effect.undo.get("learnt") or {})


def _delete_organisation(row: Organisation) -> str:
    about = ("organisation", row.public_id, row.name)
    try:
        with transaction.atomic():
            row.delete()
    except ProtectedError:
        return "used"
    history.record(what="organisations.taken_back", about=about, visible="host")
    return ""


_EMPTY: dict[str, Any] = {"rna": "", "siren": "", "town_text": ""}


def _unlearn(row: Organisation, learnt: dict[str, Any]) -> str:
    same = {name: value for name, value in learnt.items() if _as_written(row, name) == str(value)}
    if same:
        change_organisation(organisation=row, changes={name: _EMPTY.get(name) for name in same}, by=None)
    return "" if len(same) == len(learnt) else "changed"


def _as_written(row: Organisation, name: str) -> str:
    value = row.town_id if name == "town" else getattr(row, name)
    return value.isoformat() if isinstance(value, date) else str(value)


def _person(effect: BatchEffect) -> str:
    person = Person.objects.filter(pk=effect.object_id).first()
    return identity.take_back_arrival(person=person, how=effect.how, undo=effect.undo) if person else ""


def _role(effect: BatchEffect) -> str:
    # The organisation's row is the lock of its roles, and of the entries that follow from them.
    Organisation.objects.select_for_update(of=("self",)).filter(role__pk=effect.object_id).first()
    rows = Membership.objects.select_for_update(of=("self",)).select_related("organisation", "person")
    row = rows.filter(pk=effect.object_id).first()
    if row is None:
        return ""
    if effect.undo.get("past"):
        row.delete()
        return ""
    if row.ended_at:
        return "changed"
    row.delete()
    _announce(RoleEnded, row)
    for before in rows.filter(pk__in=effect.undo.get("replaced", [])):
        before.ended_at = None
        before.save(update_fields=["ended_at"])
        _announce(RoleGiven, before)
    follow_roles(row.organisation, row.person)
    forget_roles_held(row.person)
    history.record(
        what="organisations.role_taken_back",
        about=("person", row.person.public_id, row.person.name),
        organisation_id=row.organisation.public_id,
        organisation=row.organisation.name,
    )
    return ""


def _announce(fact: type[RoleEnded] | type[RoleGiven], row: Membership) -> None:
    outbox.announce(fact(organisation_id=row.organisation.public_id, person_id=row.person.public_id, role=row.role))


def _name(effect: BatchEffect) -> str:
    undo = effect.undo
    return identity.take_back_account_name(name_id=effect.object_id, given=undo["given"], before=undo["before"])


def _plain(model: type[MailDomain] | type[DomainMailbox] | type[Redirection]) -> Callable[[BatchEffect], str]:
    def take_back(effect: BatchEffect) -> str:
        try:
            with transaction.atomic():
                model._default_manager.filter(pk=effect.object_id).delete()
        except ProtectedError:
            return "used"
        return ""

    return take_back


_TAKE_BACK: dict[str, Callable[[BatchEffect], str]] = {
    "organisation": _organisation,
    "person": _person,
    "role": _role,
    "name": _name,
    "domain": _plain(MailDomain),
    "mailbox": _plain(DomainMailbox),
    "redirection": _plain(Redirection),
}
