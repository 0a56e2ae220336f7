# SPDX-License-Identifier: AGPL-3.0-or-later
"""What roles decide in the apps above, in the transaction that changes them (setting ``ENTRIES_FOLLOW``).

A fact of the outbox comes after it: somebody who was removed would enter for as long as the worker is behind.
"""

from __future__ import annotations

from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from archipel.identity.models import Person
from archipel.organisations.models import Organisation


class EntriesFollow(Protocol):
    """Make the entries given through things of an organisation (of one person in it) what its roles say."""

    def __call__(self, *, organisation: Organisation, person: Person | None = None, left: bool = False) -> int:
        """Return how many entries differed. Called in the transaction of the change, which holds the organisation's row.

        ``left``: the person no longer belongs, and what was set for them alone is forgotten.
        """


def entries_follow(organisation: Organisation, person: Person | None, *, left: bool) -> int:
    """Let what the apps above opened for an organisation follow its roles; return how many entries differed."""
    follow: EntriesFollow = import_string(settings.ENTRIES_FOLLOW)
    return follow(organisation=organisation, person=person, left=left)
