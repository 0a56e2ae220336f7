# SPDX-License-Identifier: AGPL-3.0-or-later
"""One file of former software, whatever it is."""

from __future__ import annotations

from archipel.organisations.moving.csv_files import read_csv
from archipel.organisations.moving.keycloak_files import looks_like_keycloak, read_keycloak
from archipel.organisations.moving.ldif_files import looks_like_ldif, read_ldif
from archipel.organisations.moving.records import Options, Read, Unreadable


def read_file(content: bytes, file: str, options: Options, asked: str = "") -> Read:
    """Return what a file holds; a file that cannot be read holds one problem that says why."""
    try:
        if looks_like_keycloak(content):
            return read_keycloak(content, file, options, asked)
        if looks_like_ldif(content):
            return read_ldif(content, file, options, asked)
        return read_csv(content, file, asked)
    except Unreadable as error:
        return Read("", problems=[error.problem])
