# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which organisation here a record means. Read for some hundred records at a time, in four queries."""

from __future__ import annotations

from collections.abc import Iterable

from archipel.identity.arrivals import known_of
from archipel.identity.models import Person
from archipel.organisations.models import FormerReference, Kind, Organisation
from archipel.organisations.moving.checking import Wrong
from archipel.organisations.moving.records import Record


class Organisations:
    """The organisations that some records may mean; what is written meanwhile is told by ``add``."""

    def __init__(self, records: Iterable[Record]) -> None:
        some = list(records)
        # A role or a domain names its organisation by reference or by its id here.
        said = {record.get("reference") or record.get("organisation") for record in some} - {""}
        ids = ({record.get("archipel_id") for record in some} | said) - {""}
        rows = FormerReference.objects.select_related("organisation").filter(reference__in=said)
        self._by_reference = {row.reference: row.organisation for row in rows}
        self._by_id = {row.public_id: row for row in Organisation.objects.filter(public_id__in=ids)}
        living = Organisation.objects.filter(merged_into=None)
        self._by_number: dict[tuple[str, str], Organisation] = {}
        for number in ("rna", "siren"):
            wanted = {record.get(number) for record in some} - {""}
            for row in living.filter(**{f"{number}__in": wanted}) if wanted else ():
                self._by_number[number, getattr(row, number)] = row
        names = {record.get("name") for record in some if record.kind == "organisation"}
        self._named = set(living.filter(name__in=names).values_list("name", flat=True)) if names else set()

    def add(self, reference: str, organisation: Organisation) -> None:
        """Remember what was just made."""
        self._by_reference[reference] = organisation

    def named(self, word: str) -> Organisation | None:
        """Return the organisation that a role or a domain names, the kept one when it was merged."""
        return _living(self._by_reference.get(word) or self._by_id.get(word))

    def meant_by(self, record: Record) -> Organisation | None:
        """Return the organisation that a record is, None for a new one (``Wrong``: it cannot be told, or must not be).

        By its id here, its reference in an earlier import, its RNA, its SIREN. A name alone decides nothing: two choirs
        may have the same.
        """
        found = self._known(record)
        if found is None:
            if record.get("name") in self._named:
                raise Wrong("same_name", "name")
            return None
        if found.kind == Kind.HOST:
            raise Wrong("host_itself", "reference")
        return found

    def _known(self, record: Record) -> Organisation | None:
        chosen = record.get("archipel_id")
        if chosen:
            found = _living(self._by_id.get(chosen))
            if found is None:
                raise Wrong("unknown_id", "archipel_id")
            return found
        found = _living(self._by_reference.get(record.get("reference")))
        if found is not None:
            return found
        numbers = [self._by_number.get((name, record.get(name))) for name in ("rna", "siren") if record.get(name)]
        rows = {row.pk: row for row in numbers if row is not None}
        if len(rows) > 1:
            raise Wrong("numbers_differ", "siren")
        return next(iter(rows.values()), None)


def people_of(records: Iterable[Record]) -> dict[str, Person]:
    """Return who has each address: confirmed, or of an account nobody can have set up without proof."""
    known = known_of([record.get("email") for record in records if record.get("email")])
    unproved = {email: row for email, row in known.claimed.items() if not row.has_usable_password() and row.is_active}
    return {**unproved, **known.confirmed}


def _living(organisation: Organisation | None) -> Organisation | None:
    while organisation is not None and organisation.merged_into is not None:
        organisation = organisation.merged_into
    return organisation
