# SPDX-License-Identifier: AGPL-3.0-or-later
"""What was mailed: latest first, and the links in it."""

from __future__ import annotations

import re

from archipel.kernel import keys
from archipel.mailing.models import Email


def names_to(address: str) -> list[str]:
    """Return the names of the messages to an address, oldest first."""
    rows = Email.objects.filter(to_address__iexact=address).order_by("pk")
    return [row.name.removeprefix("admissions/") for row in rows]


def body_of(name: str) -> str:
    """Return the text of the latest message of a name."""
    return keys.unlock(Email.objects.filter(name=f"admissions/{name}").latest("pk").locked_body)


def link_of(name: str, beginning: str) -> str:
    """Return the path of the first link of the latest message that begins so."""
    found = re.search(rf"http://testserver({re.escape(beginning)}\S*)", body_of(name))
    assert found, body_of(name)
    return found[1]


def token_of(name: str, beginning: str) -> str:
    return link_of(name, beginning).rstrip("/").rpartition("/")[2]
