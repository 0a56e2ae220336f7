# SPDX-License-Identifier: AGPL-3.0-or-later
"""Inviting a whole list at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.identity.models import Person
from archipel.kernel.refusals import Invalid
from archipel.organisations import lists, queries
from archipel.organisations.models import Organisation
from archipel.organisations.operations.inviting import AlreadyMember, invite

AT_ONCE = 25


class ListHasProblems(Invalid):
    """Nothing is sent of a list that cannot be read whole; ``details`` name each line."""

    code = "list_has_problems"
    message = _("Nothing was sent: some lines of the list must be corrected first.")


@dataclass(frozen=True)
class ListSent:
    """How many links were sent, and how many people needed none (they belong already, or their link still works)."""

    sent: int
    left: int


def invite_list(*, organisation: Organisation, text: str, by: Person) -> ListSent:
    """Invite everybody of a list (``lists.read``) who is neither in the organisation nor holds a link that works.

    ``ListHasProblems`` before anything is sent. Repeatable: sent again, the same list writes to nobody twice. A few
    people a transaction, so that other people are served meanwhile; what an interruption leaves, the next call sends.
    """
    found = lists.read(text, organisation.kind)
    if found.problems:
        raise ListHasProblems(
            field="text", problems=[{"line": problem.line, "text": problem.text} for problem in found.problems]
        )
    fates = queries.fates_of(organisation, found.rows)
    wanted = [row for row in found.rows if fates[row.email] in ("new", "again")]
    sent = sum(
        _invite_some(organisation, wanted[start : start + AT_ONCE], by) for start in range(0, len(wanted), AT_ONCE)
    )
    return ListSent(sent=sent, left=len(found.rows) - sent)


def _invite_some(organisation: Organisation, rows: Sequence[lists.Listed], by: Person) -> int:
    sent = 0
    with transaction.atomic():
        for row in rows:
            try:
                invite(organisation=organisation, email=row.email, name=row.name, role=row.role, by=by)
                sent += 1
            except AlreadyMember:  # joined between the reading and now
                continue
    return sent
