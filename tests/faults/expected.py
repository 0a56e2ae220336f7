# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a house looks after each procedure: everything once. ``outcome.outcome`` in JSON."""

from __future__ import annotations

from typing import Any

from tests.faults.house import DELETION, EXPORT, OPENING

ADDRESS = "jardins-du-ponant.pages.example"


def sent(*names: str) -> dict[str, int]:
    return {f"{name} sent": 1 for name in sorted(names)}


def once(*whats: str) -> dict[str, int]:
    return dict.fromkeys(sorted(whats), 1)


AGREED = [
    "agreement.agreed",
    "agreement.proposed",
    "identity.person_known",
    "organisations.created",
    "organisations.invited",
    "organisations.role_given.referent",
    "request.accepted",
    "request.agreed",
    "request.open",
    "request.received",
    "space.opened",
    "space.opening",
]
OPEN_MAILS = [
    "admissions/accepted",
    "admissions/confirm_address",
    "admissions/received",
    "organisations/invitation",
    "spaces/site_open",
]
OPENED: dict[str, Any] = {
    "procedures": [[OPENING, "done", {"done": 6}]],
    "spaces": ["open"],
    "addresses": [[ADDRESS, "held", "", ""]],
    "requests": ["open"],
    "roles": ["administrator", "referent", "reviewer"],
    "invitations": 1,
    "exports": [],
    "closings": [],
    "objects": {"addresses": 1, "spaces": 1},
    "mails": sent(*OPEN_MAILS),
    "history": once(*AGREED),
    "jobs": {"done": 9},
    "files": [],
    "today": [],
}
EXPORTED = OPENED | {
    "procedures": [*OPENED["procedures"], [EXPORT, "done", {"done": 3}]],
    "exports": [[True, True]],
    "objects": {"addresses": 1, "blobs": 3, "spaces": 1, "versions": 1},
    "mails": sent(*OPEN_MAILS, "spaces/export_ready"),
    "history": once(*AGREED, "space.published", "space.export_asked", "space.exported"),
    "jobs": {"done": 11},
    "files": [".zip"],
}
DELETED = EXPORTED | {
    "procedures": [*EXPORTED["procedures"], [DELETION, "done", {"done": 5}]],
    "spaces": ["deleted"],
    "addresses": [[ADDRESS, "held", "rests", ""]],
    "closings": [[True, True, 3, 6]],
    "objects": {},
    "mails": sent(*OPEN_MAILS, "spaces/export_ready", "spaces/closing", "spaces/deleted"),
    "history": once(*EXPORTED["history"], "space.closing", "space.deleted") | {"space.deletion_confirmed": 2},
    "jobs": {"done": 15},
    # The delay before a deletion is longer than an invitation lasts.
    "today": ["invitation: denise@jardinsduponant.example n’a pas accepté l’invitation\u00a0: Référent·e."],
}
EXPECTED = {OPENING: OPENED, EXPORT: EXPORTED, DELETION: DELETED}
