# SPDX-License-Identifier: AGPL-3.0-or-later
"""Machines of the demonstration: a machine of one's own, a lent one, a rented box; nothing runs on them. And a place for back-ups."""

from __future__ import annotations

import shutil
from pathlib import Path

from django.conf import settings

from archipel.identity.models import Person
from archipel.machines import operations as machines
from archipel.organisations import operations as organisations
from archipel.organisations.models import Organisation

GIGABYTE = 10**9


def load_machines(cyclo: Organisation, people: dict[str, Person]) -> None:
    """Declare the machines of L’Escale, and what the cyclists have at another host."""
    by = people["yann"]
    town = machines.declare_site(name="Salle des machines, Concarneau", country="FR", by=by)
    school = machines.declare_site(name="Lycée du Ponant, Quimper", country="FR", run_by="Lycée du Ponant", by=by)
    tern = machines.declare_machine(
        name="sterne", site=town, memory_bytes=32 * GIGABYTE, disk_bytes=2000 * GIGABYTE, keeps_websites=True,
        note="Réparée en 2024. La clé de la salle est chez Maëlle.", by=by,
    )  # fmt: skip
    machines.report_disk(machine=tern, disk_bytes=2000 * GIGABYTE, disk_free_bytes=1260 * GIGABYTE)
    puffin = machines.declare_machine(
        name="macareux", site=school, ownership="lent", owner="Lycée du Ponant", labels="disk=slow",
        memory_bytes=16 * GIGABYTE, disk_bytes=1000 * GIGABYTE, by=by,
    )  # fmt: skip
    machines.report_disk(machine=puffin, disk_bytes=1000 * GIGABYTE, disk_free_bytes=72 * GIGABYTE)
    machines.declare_machine(
        name="boite-copies", ownership="rented", owner="Un hébergeur de Rennes", disk_bytes=4000 * GIGABYTE, by=by
    )
    _load_place(by)
    organisations.declare_service(
        organisation=cyclo, name="Billetterie", run_by="Les Billets du Ponant", country="FR", link="https://billets.example/",
        purpose="Inscriptions aux balades : noms et adresses des personnes", by=people["jeanne"],
    )  # fmt: skip


def _load_place(by: Person) -> None:
    """Declare a place for back-ups in a folder of the data, as if it stood in another town; none where restic is missing.

    Back-ups are real: each night, or at the press of a button. Without the program the desk would begin with a red line.
    """
    if shutil.which("restic") is None:
        return
    rennes = machines.declare_site(
        name="Centre de données, Rennes", country="FR", run_by="Un hébergeur de Rennes", by=by
    )
    place, _key = machines.declare_place(
        name="Boîte à copies", kind="folder", location=str(Path(settings.ARCHIPEL_DATA) / "copies"), credentials={},
        site=rennes, run_by="Un hébergeur de Rennes", by=by,
    )  # fmt: skip
    machines.confirm_key_kept(place=place, by=by)
