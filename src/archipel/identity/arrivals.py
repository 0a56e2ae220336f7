# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an address that comes from other software means here: whose it is, and what may be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from allauth.account.models import EmailAddress
from django.db.models.functions import Lower

from archipel.identity.models import Person


@dataclass(frozen=True)
class Arrival:
    """One person as the other software knew them: clean addresses, ``passphrase`` as it is stored (may be empty).

    ``confirmed``: the other software had proof that the person reads the address. Without it nobody who is known here
    is touched, and the passphrase is not kept: who set it may not be who reads the address.
    """

    email: str
    name: str
    language: str = ""
    confirmed: bool = False
    other_emails: tuple[str, ...] = ()
    passphrase: str = ""


@dataclass
class Known:
    """Who has confirmed which address here, and whose unproved account carries which."""

    confirmed: dict[str, Person]
    claimed: dict[str, Person]
    proved: set[int]

    def verdict(self, email: str, confirmed: bool) -> tuple[str, Person | None]:
        """Say what becomes of an arrival.

        ``created``; ``adopted``: the person is known; ``taken_over``: an account was opened with the address and never
        confirmed, its passphrase is voided; ``unproved``: the account is somebody's, and nothing proves that it is
        theirs; ``closed``: the account may not be used any more.
        """
        owner = self.confirmed.get(email)
        if owner is not None:
            if not owner.is_active:
                return "closed", owner
            return ("adopted" if confirmed else "unproved"), owner
        claimed = self.claimed.get(email)
        if claimed is None:
            return "created", None
        if not claimed.is_active:
            return "closed", claimed
        if claimed.pk in self.proved:
            return "unproved", claimed
        return ("taken_over" if claimed.has_usable_password() else "adopted"), claimed


def known_of(emails: Sequence[str], *, lock: bool = False) -> Known:
    """Read in three queries what is known of these addresses (small letters); ``lock`` holds the accounts."""
    rows = EmailAddress.objects.select_related("user").filter(email__in=emails, verified=True)
    persons = Person.objects.annotate(low=Lower("email")).filter(low__in=emails)
    claimed: dict[str, Person] = {row.email.lower(): row for row in (persons.select_for_update() if lock else persons)}
    keys = [row.pk for row in claimed.values()]
    proved = set(EmailAddress.objects.filter(user__in=keys, verified=True).values_list("user_id", flat=True))
    return Known({row.email: row.user for row in rows}, claimed, proved)
