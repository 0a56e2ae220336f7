# SPDX-License-Identifier: AGPL-3.0-or-later
"""The columns of the seven tables, their French names, and examples: what the templates and the document show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archipel.identity.folding import fold

LOGIN = "login_"  # followed by the name of an application, in the table of people


@dataclass(frozen=True)
class Column:
    """A column: its heading, others it may have, whether its table needs it, and an example."""

    name: str
    french: str
    example: str = ""
    needed: bool = False
    also: tuple[str, ...] = ()

    @property
    def headings(self) -> tuple[str, ...]:
        return (self.name, self.french, *self.also)


TABLES: dict[str, tuple[Column, ...]] = {
    "organisation": (
        Column("reference", "référence", "lavoir", True, ("id", "identifiant", "ref")),
        Column("name", "nom", "Le Lavoir", True, ("raison sociale", "organisation")),
        Column("kind", "forme", "association", also=("type", "forme juridique")),
        Column("rna", "rna", "W294001234", also=("numéro rna",)),
        Column("siren", "siren", "", also=("siret", "numéro siren")),
        Column("town", "ville", "Concarneau", also=("commune", "city")),
        Column("founded_year", "année de création", "1998", also=("création", "founded")),
        Column("member_since", "adhésion depuis", "2019-01-15", also=("adhérente depuis", "date d'adhésion", "since")),
        Column("member_until", "adhésion jusqu'au", "", also=("fin d'adhésion", "until")),
        Column("archipel_id", "identifiant archipel"),
    ),
    "person": (
        Column(
            "email", "courriel", "alice@lavoir.example", True, ("e-mail", "mail", "adresse", "adresse électronique")
        ),
        Column("name", "nom", "Alice Martin", True, ("nom complet", "full name")),
        Column("first_name", "prénom"),
        Column("language", "langue", "fr"),
        Column("confirmed", "confirmée", "yes", also=("adresse confirmée", "verified")),
        Column("other_emails", "autres courriels", "alice@home.example", also=("autres adresses",)),
        Column("passphrase_hash", "empreinte", "", also=("hash", "password", "mot de passe")),
        Column("organisation", "organisation", "lavoir"),
        Column("role", "rôle", "referent"),
    ),
    "role": (
        Column("organisation", "organisation", "lavoir", True),
        Column("email", "courriel", "bob@lavoir.example", True, ("e-mail", "mail", "adresse")),
        Column("role", "rôle", "member", True),
        Column("since", "depuis", "2021-03-01"),
        Column("until", "jusqu'au"),
    ),
    "name": (
        Column("email", "courriel", "alice@lavoir.example", True, ("e-mail", "mail", "adresse")),
        Column("application", "application", "nextcloud", True),
        Column("user_name", "nom d'utilisateur", "amartin", True, ("login", "identifiant")),
    ),
    "domain": (
        Column("domain", "domaine", "lavoir.example", True),
        Column("organisation", "organisation", "lavoir"),
    ),
    "mailbox": (
        Column("address", "boîte", "contact@lavoir.example", True, ("mailbox", "adresse de la boîte")),
        Column("email", "courriel", "alice@lavoir.example", also=("personne", "person")),
        Column("name", "nom", "Le Lavoir"),
        Column("quota_mb", "quota mo", "2000", also=("quota",)),
    ),
    "redirection": (
        Column("source", "source", "bureau@lavoir.example", True, ("alias",)),
        Column("destination", "destination", "alice@home.example", True, ("vers", "goto")),
    ),
}


def heading_key(text: str) -> str:
    """Return a heading as it is compared: "Date d'adhésion" is ``date_d_adhesion``."""
    return "_".join(fold(text).replace(".", " ").split())


_NAMES = {
    kind: {heading_key(heading): column.name for column in columns for heading in column.headings}
    for kind, columns in TABLES.items()
}


def table_of(headings: Sequence[str]) -> str:
    """Return which table has these headings, "" when none has: all it needs is there, and the most of the rest."""
    found = {heading_key(heading) for heading in headings}
    best, most = "", 0
    for kind, columns in TABLES.items():
        known = {_NAMES[kind][key] for key in found if key in _NAMES[kind]}
        if kind == "person":
            known |= {key for key in found if key.startswith(LOGIN)}
        if all(column.name in known for column in columns if column.needed) and len(known) > most:
            best, most = kind, len(known)
    return best


def column_of(kind: str, heading: str) -> str:
    """Return the column that a heading of a table stands for, "" for one that is unknown."""
    key = heading_key(heading)
    if kind == "person" and key.startswith(LOGIN):
        return LOGIN + " ".join(heading.casefold().split()).removeprefix(LOGIN)
    return _NAMES[kind].get(key, "")


def template(kind: str) -> list[list[str]]:
    """Return the heading and the example line of a table."""
    columns = TABLES[kind]
    more = [[f"{LOGIN}nextcloud"], ["amartin"]] if kind == "person" else [[], []]
    return [[column.name for column in columns] + more[0], [column.example for column in columns] + more[1]]
