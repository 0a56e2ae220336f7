# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an organisation says of the services it has at other hosts."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.history import operations as history
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.countries import checked_country
from archipel.kernel.refusals import Invalid, Refusal
from archipel.organisations.models import DeclaredService, Organisation

MOST = 200
CHANGEABLE = frozenset({"name", "purpose", "run_by", "country", "link"})


class DeclaredNameMissing(Invalid):
    """A service has a name, and somebody runs it; ``field`` says which is missing."""

    code = "declared_name_missing"
    message = _("Write what it is called, and at which host it is.")


class DeclaredLinkUnreadable(Invalid):
    """A link leads to a page of the Web."""

    code = "declared_link_unreadable"
    message = _("Write a link that begins with https://, or leave it empty.")


class TooManyDeclared(Refusal):
    """More than an organisation can keep in view."""

    code = "too_many_declared"
    message = _("You have declared 200 services: remove those you no longer use.")


def declare_service(
    *,
    organisation: Organisation,
    name: str,
    run_by: str,
    purpose: str = "",
    country: str = "",
    link: str = "",
    by: Person,
) -> DeclaredService:
    """Write down a service at another host; declaring is confirming for today.

    ``DeclaredNameMissing``, ``UnknownCountry``, ``DeclaredLinkUnreadable``, ``TooManyDeclared``.
    """
    row = DeclaredService(
        organisation=organisation, name=name, purpose=purpose, run_by=run_by, country=country, link=link,
        confirmed_on=clock.today(), confirmed_by=by, created_at=clock.now(),
    )  # fmt: skip
    _check(row)
    with transaction.atomic():
        Organisation.objects.select_for_update().get(pk=organisation.pk)
        if DeclaredService.objects.filter(organisation=organisation).count() >= MOST:
            raise TooManyDeclared
        row.save()
        _record("organisations.service_declared", row, by)
    return row


def change_declared_service(*, service: DeclaredService, changes: dict[str, Any], by: Person) -> DeclaredService:
    """Correct what was declared: keys of ``CHANGEABLE``; correcting is confirming."""
    if unknown := set(changes) - CHANGEABLE:
        raise ValueError(f"not changeable: {sorted(unknown)}")
    with transaction.atomic():
        row = _locked(service)
        for key, value in changes.items():
            setattr(row, key, value)
        _check(row)
        row.confirmed_on, row.confirmed_by = clock.today(), by
        row.save()
        _record("organisations.service_changed", row, by)
    return row


def confirm_declared_service(*, service: DeclaredService, by: Person) -> DeclaredService:
    """Say that what was declared is still so today."""
    with transaction.atomic():
        row = _locked(service)
        row.confirmed_on, row.confirmed_by = clock.today(), by
        row.save(update_fields=["confirmed_on", "confirmed_by"])
        _record("organisations.service_confirmed", row, by)
    return row


def remove_declared_service(*, service: DeclaredService, by: Person) -> None:
    """Take out a service that is no longer used; the history keeps that it was declared."""
    with transaction.atomic():
        row = _locked(service)
        _record("organisations.service_removed", row, by)
        row.delete()


def _locked(service: DeclaredService) -> DeclaredService:
    rows = DeclaredService.objects.select_for_update(of=("self",)).select_related("organisation")
    return rows.get(pk=service.pk)


def _check(row: DeclaredService) -> None:
    row.name, row.purpose, row.run_by = _tidy(row.name, 100), _tidy(row.purpose, 200), _tidy(row.run_by, 120)
    for field in ("name", "run_by"):
        if not getattr(row, field):
            raise DeclaredNameMissing(field=field)
    row.country = checked_country(row.country) if row.country else ""
    row.link = row.link.strip()
    if row.link and not _is_link(row.link):
        raise DeclaredLinkUnreadable(field="link")


def _is_link(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname) and len(text) <= 300 and not text.split()[1:]


def _tidy(text: str, longest: int) -> str:
    return " ".join(text.split())[:longest]


def _record(what: str, row: DeclaredService, by: Person) -> None:
    history.record(
        what=what,
        about=("declared_service", row.public_id, row.name),
        organisation_id=row.organisation.public_id,
        actor=by,
        host=row.run_by,
    )
