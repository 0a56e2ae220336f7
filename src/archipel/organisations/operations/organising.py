# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _

from archipel.history import operations as history
from archipel.identity import operations as identity
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import Invalid, Refusal
from archipel.organisations.identifiers import clean_rna, clean_siren
from archipel.organisations.models import Kind, Organisation, Town

FIRST_YEAR = 1600
CHANGEABLE = frozenset({"name", "kind", "rna", "siren", "founded_year", "fields_of_action", "town", "town_text"}) | {
    "member_since",
    "member_until",
}


class NameMissing(Invalid):
    """An organisation has a name."""

    code = "organisation_name_missing"
    message = _("Please write the name of the organisation.")


class NumberTaken(Refusal):
    """Another organisation carries this number of the register."""

    code = "number_taken"
    message = _(
        "An organisation with this number is already known here. If it is yours, write to us: we will link you to it."
    )


class InvalidYear(Invalid):
    """A year of creation lies in the past."""

    code = "invalid_year"
    message = _("Write the year of creation in four digits, such as 2014.")


class UnknownKind(Invalid):
    """A kind of organisation that does not exist."""

    code = "unknown_kind"
    message = _("Choose what kind of organisation this is.")


def create_organisation(
    *,
    name: str,
    kind: str,
    rna: str = "",
    siren: str = "",
    founded_year: int | None = None,
    fields_of_action: Sequence[str] = (),
    town: Town | None = None,
    town_text: str = "",
    by: Person | None = None,
) -> Organisation:
    """Create an organisation nobody belongs to yet (``NameMissing``, ``InvalidIdentifier``, ``NumberTaken`` …)."""
    organisation = Organisation(
        name=name,
        kind=kind,
        rna=rna,
        siren=siren,
        founded_year=founded_year,
        fields_of_action=list(fields_of_action),
        town=town,
        town_text="" if town else town_text.strip()[:120],
        created_at=clock.now(),
    )
    _check(organisation)
    with transaction.atomic():
        _save(organisation)
        _record("organisations.created", organisation, by)
    return organisation


def change_organisation(*, organisation: Organisation, changes: dict[str, Any], by: Person | None) -> Organisation:
    """Correct what is known of an organisation: keys of ``CHANGEABLE``; nothing is written when nothing differs."""
    unknown = set(changes) - CHANGEABLE
    if unknown:
        raise ValueError(f"not changeable: {sorted(unknown)}")
    with transaction.atomic():
        row = Organisation.objects.select_for_update().get(pk=organisation.pk)
        before = {key: getattr(row, key) for key in changes}
        for key, value in changes.items():
            setattr(row, key, value)
        _check(row)
        changed = [key for key in changes if getattr(row, key) != before[key]]
        if changed:
            _save(row)
            identity.push_later(kind="group", object_id=row.public_id)
            _record("organisations.changed", row, by, changed=sorted(changed))
    return row


def _check(organisation: Organisation) -> None:
    organisation.name = " ".join(organisation.name.split())[:160]
    if not organisation.name:
        raise NameMissing(field="name")
    if organisation.kind not in Kind.values:
        raise UnknownKind(field="kind")
    if organisation.founded_year and not FIRST_YEAR <= organisation.founded_year <= clock.today().year:
        raise InvalidYear(field="founded_year")
    organisation.rna, organisation.siren = clean_rna(organisation.rna), clean_siren(organisation.siren)
    others = Organisation.objects.exclude(pk=organisation.pk).filter(merged_into=None)
    for field in ("rna", "siren"):
        number = getattr(organisation, field)
        if number and others.filter(**{field: number}).exists():
            raise NumberTaken(field=field)


def _save(organisation: Organisation) -> None:
    try:
        with transaction.atomic():
            organisation.save()
    except IntegrityError as error:  # somebody was faster with the same number
        if any(name in str(error) for name in ("rna", "siren")):
            raise NumberTaken(field="rna" if "rna" in str(error) else "siren") from error
        raise


def _record(what: str, organisation: Organisation, by: Person | None, **details: Any) -> None:
    history.record(
        what=what,
        about=("organisation", organisation.public_id, organisation.name),
        organisation_id=organisation.public_id,
        actor=by,
        **details,
    )
