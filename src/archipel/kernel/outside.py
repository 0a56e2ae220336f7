# SPDX-License-Identifier: AGPL-3.0-or-later
"""The two ways an outside system can fail. No Django here: connectors raise these."""

from __future__ import annotations


class TryLater(Exception):
    """The outside did not answer, is busy or full for now: the same call may succeed later.

    ``reason`` is a short English sentence for the journal, ``after`` the seconds to wait at least (0: the caller's back-off).
    """

    def __init__(self, reason: str, *, after: float = 0) -> None:
        self.reason = reason
        self.after = after
        super().__init__(reason)


class RefusedOutside(Exception):
    """The outside said no: trying again changes nothing, a human must look.

    ``code`` is stable (``quota``, ``taken``, ``unknown``, ``forbidden``, ``bad_input`` …), ``reason`` an English sentence,
    ``about`` names what it was about (a file's path, a host name) in a form that may be shown to a person.
    """

    def __init__(self, code: str, reason: str, *, about: str = "") -> None:
        self.code = code
        self.reason = reason
        self.about = about
        super().__init__(f"{code}: {reason}")
