# SPDX-License-Identifier: AGPL-3.0-or-later
"""The cast at the real house."""

from __future__ import annotations

from tests.journeys.people import Somebody

ALICE = Somebody("Alice Martin", "alice@trois-ponts.example")
BOB = Somebody("Bob Leroy", "bob@trois-ponts.example")
CHARLIE = Somebody("Charlie Petit", "charlie@elsewhere.example")
STAFF = Somebody("Sacha Le Goff", "sacha@lescale.example")
OTHER = Somebody("Maëlle Riou", "maelle@lescale.example")
HOSTS = (STAFF, OTHER)
ORGANISATION = "Les Trois-Ponts"
PASSPHRASE = "quatre bateaux bleus au port"
