# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a host needs of the outside: the names the Internet knows (setting ``NAMES_LOOKUP``)."""

from __future__ import annotations

from typing import Literal, Protocol

RecordType = Literal["A", "AAAA", "CAA", "MX", "TXT"]


class NamesLookup(Protocol):
    """The public names. Raises ``kernel.outside.TryLater`` when no name server answers in time."""

    def records(self, name: str, kind: RecordType) -> list[str]:
        """Return the values of a name: addresses, mail servers' names, or texts with their parts joined.

        Empty when there are none, or when the name does not exist.
        """
        ...
