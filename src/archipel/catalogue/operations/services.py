# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.catalogue import states
from archipel.catalogue.models import Access, Intake, Maintainer, Service
from archipel.catalogue.texts import HAND_FIELDS, TEXT_FIELDS, in_history, text_key
from archipel.history import operations as history
from archipel.host import operations as host
from archipel.identity.models import Person
from archipel.kernel.refusals import Invalid, Refusal

CHANGEABLE = frozenset(
    [
        "access",
        "intake",
        "for_individuals",
        "software",
        "software_url",
        "licence",
        "replaces",
        "icon",
        "link",
        "connector",
        "counted",
        "support_address",
        "places",
        "position",
    ]
)

# Addresses of pages of the catalogue itself.
RESERVED = frozenset({"new", "terms"})


class NeedsTwoMaintainers(Refusal):
    """An open service is looked after by two named persons at least."""

    code = "needs_two_maintainers"
    message = _("Two named persons must look after a service before it opens, and as long as it is open.")


class NeedsSupportAddress(Refusal):
    """An open service has an address that answers."""

    code = "needs_support_address"
    message = _("A service needs a support address before it opens, and as long as it is open.")


class AddressTaken(Invalid):
    """Another service has this address in the catalogue."""

    code = "address_taken"
    message = _("Another service already has this address.")


def create_service(
    *,
    slug: str,
    access: str,
    software: str,
    by: Person | None = None,
    intake: str = Intake.ALWAYS,
    texts: Mapping[str, Mapping[str, str]] | None = None,
    **fields: Any,
) -> Service:
    """Add a service, considered at first. ``texts``: language → field of ``TEXT_FIELDS`` → markdown."""
    with transaction.atomic():
        if slug in RESERVED or Service.objects.filter(slug=slug).exists():
            raise AddressTaken(field="slug")
        service = Service(slug=slug, state="considered")
        _take(service, {"access": access, "software": software, "intake": intake, **fields})
        service.save()
        for language, bodies in (texts or {}).items():
            _write_texts(service, language, bodies, by)
        history.record(what="service.created", about=in_history(service), actor=by, visible="host")
    return service


def change_service(*, service: Service, changes: Mapping[str, Any], by: Person | None = None) -> Service:
    """Change what a service is (``CHANGEABLE``), not its texts, prices or state."""
    with transaction.atomic():
        service = _locked(service)
        changed = [name for name, value in changes.items() if getattr(service, name) != value]
        _take(service, changes)
        if service.state == "open" and not service.support_address:
            raise NeedsSupportAddress(field="support_address")
        if changed:
            service.save()
            history.record(
                what="service.changed",
                about=in_history(service),
                actor=by,
                visible="host",
                fields=", ".join(sorted(changed)),
            )
    return service


def change_service_texts(
    *, service: Service, language: str, texts: Mapping[str, str], by: Person | None = None
) -> None:
    """Write the texts of a service in one language; an empty one is removed."""
    with transaction.atomic():
        _write_texts(service, language, texts, by)


def change_service_state(*, service: Service, to: str, by: Person | None = None) -> Service:
    """Move a service to another moment of its life (``MoveRefused`` when the table has no such move)."""
    with transaction.atomic():
        service = _locked(service)
        before = service.state
        states.Service.check(before, to)
        if to == "open":
            _check_ready(service)
        service.state = to
        service.save(update_fields=["state"])
        history.record(
            what=f"service.moved_to_{to}", about=in_history(service), actor=by, visible="host", before=before
        )
    return service


def set_maintainers(*, service: Service, persons: Sequence[Person], by: Person | None = None) -> None:
    """Say who looks after a service; fewer than two is refused while it is open."""
    wanted = {person.pk: person for person in persons}
    with transaction.atomic():
        service = _locked(service)
        if service.state == "open" and len(wanted) < states.MAINTAINERS_NEEDED:
            raise NeedsTwoMaintainers(field="persons")
        service.maintainers.exclude(person__in=wanted.values()).delete()
        kept = set(service.maintainers.values_list("person_id", flat=True))
        Maintainer.objects.bulk_create(
            [Maintainer(service=service, person=person) for key, person in wanted.items() if key not in kept]
        )
        names = ", ".join(sorted(person.name for person in wanted.values()))
        history.record(what="service.maintained", about=in_history(service), actor=by, visible="host", names=names)


def let_go_of_services(*, person: Person) -> None:
    """Take somebody who leaves off every service, even if too few people remain: Today then says so."""
    with transaction.atomic():
        for row in Maintainer.objects.select_related("service").filter(person=person):
            row.delete()
            history.record(what="service.let_go", about=in_history(row.service), visible="host")


def _locked(service: Service) -> Service:
    return Service.objects.select_for_update().get(pk=service.pk)


def _take(service: Service, values: Mapping[str, Any]) -> None:
    unknown = set(values) - CHANGEABLE
    if unknown:
        raise TypeError(f"not fields of a service that can be changed: {sorted(unknown)}")
    for name, value in values.items():
        setattr(service, name, value)
    if service.access not in Access.values:
        raise Invalid(field="access")
    if service.intake not in Intake.values:
        raise Invalid(field="intake")


def _check_ready(service: Service) -> None:
    if service.maintainers.filter(person__is_active=True).count() < states.MAINTAINERS_NEEDED:
        raise NeedsTwoMaintainers
    if not service.support_address:
        raise NeedsSupportAddress


def _write_texts(service: Service, language: str, texts: Mapping[str, str], by: Person | None) -> None:
    for field, body in texts.items():
        if field not in (*TEXT_FIELDS, *HAND_FIELDS):
            raise TypeError(f"a service has no text named {field}")
        host.write_text(key=text_key(service, field), language=language, body=body, by=by)
