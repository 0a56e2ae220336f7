# SPDX-License-Identifier: AGPL-3.0-or-later
"""What humans say of machines and of the places where they stand."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.countries import checked_country
from archipel.kernel.refusals import Invalid, NotFound, Refusal
from archipel.machines.labels import read_labels
from archipel.machines.models import Machine, Ownership, Site
from archipel.machines.operations.telling import push_later
from archipel.machines.recording import record_machine, record_site

SITE_CHANGES = frozenset({"name", "country", "run_by"})
# What the engine says of a machine, a human says of those it does not know.
OF_UNSEEN = frozenset({"name", "memory_bytes", "disk_bytes"})
MACHINE_CHANGES = frozenset({"site", "ownership", "owner", "labels", "note", "keeps_websites"}) | OF_UNSEEN


class SiteNameTaken(Refusal):
    """Two places would have one name."""

    code = "site_name_taken"
    message = _("Another place has this name already.")


class MachineNameTaken(Refusal):
    """Two machines would have one name."""

    code = "machine_name_taken"
    message = _("Another machine has this name already.")


class MachinesNameMissing(Invalid):
    """A place or a machine has a name."""

    code = "machine_or_site_name_missing"
    message = _("Please write a name.")


class OwnerMissing(Invalid):
    """A machine that is lent or rented belongs to somebody."""

    code = "owner_missing"
    message = _("Say whose machine it is: who lends or rents it to you.")


class UnreadableLabels(Invalid):
    """A line of labels that cannot be read; ``details`` hold it."""

    code = "unreadable_labels"
    message = _(
        "This line cannot be read: “%(line)s”. Write one label a line, such as disk=fast; country, site and ownership are there by themselves."
    )

    def __str__(self) -> str:
        return str(self.text) % {"line": self.details.get("line", "")}


class SeenByTheEngine(Refusal):
    """Name and sizes of a machine in the engine are what the engine sees."""

    code = "seen_by_the_engine"
    message = _("The engine says this of the machine by itself; it cannot be changed here.")


def declare_site(*, name: str, country: str, run_by: str = "", by: Person | None) -> Site:
    """Write down a place where machines stand (``MachinesNameMissing``, ``SiteNameTaken``, ``UnknownCountry``)."""
    with transaction.atomic():
        site = Site(name=name, country=country, run_by=run_by)
        _check_site(site)
        site.save()
        record_site("site.declared", site, by)
    return site


def change_site(*, site: Site, changes: dict[str, Any], by: Person) -> Site:
    """Correct a place: keys of ``SITE_CHANGES``; machines there are told their new labels by the engine."""
    _known(changes, SITE_CHANGES)
    with transaction.atomic():
        row = Site.objects.select_for_update().get(pk=site.pk)
        before = {key: getattr(row, key) for key in changes}
        for key, value in changes.items():
            setattr(row, key, value)
        _check_site(row)
        changed = sorted(key for key in changes if getattr(row, key) != before[key])
        if changed:
            row.save()
            record_site("site.changed", row, by, changed=changed)
            for machine in Machine.objects.filter(site=row).exclude(node_id="").order_by("pk"):
                push_later(machine=machine)
    return row


def declare_machine(
    *,
    name: str,
    site: Site | None = None,
    ownership: str = Ownership.OURS,
    owner: str = "",
    note: str = "",
    labels: str = "",
    memory_bytes: int | None = None,
    disk_bytes: int | None = None,
    keeps_websites: bool = False,
    by: Person | None,
) -> Machine:
    """Write down a machine the engine does not know: lent, rented, a box for files. When one of that name joins, it is it.

    ``MachinesNameMissing``, ``MachineNameTaken``, ``OwnerMissing``, ``UnreadableLabels``.
    """
    with transaction.atomic():
        machine = Machine(
            name=name, site=site, ownership=ownership, owner=owner, note=note.strip(), labels=_labels(labels),
            memory_bytes=memory_bytes, disk_bytes=disk_bytes, keeps_websites=keeps_websites, created_at=clock.now(),
        )  # fmt: skip
        _check_machine(machine)
        machine.save()
        record_machine("machine.declared", machine, by)
    return machine


def change_machine(*, machine: Machine, changes: dict[str, Any], by: Person) -> Machine:
    """Change what is known of a machine: keys of ``MACHINE_CHANGES``, ``labels`` as typed; the engine is told labels later.

    ``OwnerMissing``, ``UnreadableLabels``, ``MachineNameTaken``; ``SeenByTheEngine`` for what the engine says itself.
    """
    _known(changes, MACHINE_CHANGES)
    with transaction.atomic():
        row = Machine.objects.select_for_update(of=("self",)).select_related("site").get(pk=machine.pk)
        before = {key: getattr(row, key) for key in changes}
        for key, value in changes.items():
            setattr(row, key, _labels(value) if key == "labels" else value)
        changed = sorted(key for key in changes if getattr(row, key) != before[key])
        if row.in_engine and OF_UNSEEN & set(changed):
            raise SeenByTheEngine(field=min(OF_UNSEEN & set(changed)))
        _check_machine(row)
        if changed:
            row.save(update_fields=[*changes, "owner"])
            record_machine("machine.changed", row, by, changed=changed)
            if {"labels", "site", "ownership"} & set(changed):
                push_later(machine=row)
    return row


def _known(changes: dict[str, Any], allowed: frozenset[str]) -> None:
    if unknown := set(changes) - allowed:
        raise ValueError(f"not changeable: {sorted(unknown)}")


def _check_site(site: Site) -> None:
    site.name, site.run_by = _tidy(site.name, 100), _tidy(site.run_by, 120)
    if not site.name:
        raise MachinesNameMissing(field="name")
    site.country = checked_country(site.country)
    if Site.objects.filter(name__iexact=site.name).exclude(pk=site.pk).exists():
        raise SiteNameTaken(field="name")


def _check_machine(machine: Machine) -> None:
    machine.name, machine.owner = _tidy(machine.name, 100), _tidy(machine.owner, 120)
    if not machine.name:
        raise MachinesNameMissing(field="name")
    if Machine.objects.filter(name__iexact=machine.name).exclude(pk=machine.pk).exists():
        raise MachineNameTaken(field="name")
    if machine.ownership not in Ownership.values:
        raise NotFound
    if machine.ownership == Ownership.OURS:
        machine.owner = ""
    elif not machine.owner:
        raise OwnerMissing(field="owner")


def _tidy(text: str, longest: int) -> str:
    return " ".join(text.split())[:longest]


def _labels(text: str) -> dict[str, str]:
    try:
        return read_labels(text)
    except ValueError as error:
        raise UnreadableLabels(field="labels", line=str(error)) from error
