# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a difference between here and the place where people sign in reads to a human."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from archipel.identity.adopting import can_adopt
from archipel.identity.models import Drift, DriftKind
from archipel.kernel.today import TodayLine

Words = str | Promise
KINDS: dict[str, Words] = {
    "realm": gettext_lazy("The realm as a whole"),
    "group": gettext_lazy("Group"),
    "person": gettext_lazy("Person"),
    "client": gettext_lazy("Application"),
    "entry": gettext_lazy("Entry"),
    "stranger": gettext_lazy("Unknown account"),
}
WHAT: dict[str, Words] = {
    DriftKind.MISSING: gettext_lazy("It was taken away in Keycloak."),
    DriftKind.DIFFERENT: gettext_lazy("It was changed in Keycloak."),
    DriftKind.UNKNOWN: gettext_lazy("It is in Keycloak, and Archipel does not know it."),
}
FIELDS: dict[str, Words] = {
    "name": gettext_lazy("Name"),
    "email": gettext_lazy("E-mail address"),
    "confirmed": gettext_lazy("Address confirmed"),
    "language": gettext_lazy("Language"),
    "enabled": gettext_lazy("May sign in"),
    "groups": gettext_lazy("Groups"),
    "roles": gettext_lazy("Roles"),
    "confidential": gettext_lazy("Keeps a secret"),
    "home_url": gettext_lazy("Front page"),
    "redirect_uris": gettext_lazy("Addresses people are led back to"),
    "post_logout_redirect_uris": gettext_lazy("Addresses after signing out"),
    "backchannel_logout_uri": gettext_lazy("Address that is told of the end of a session"),
    "proof_key": gettext_lazy("Proof key required"),
    "signs_in_itself": gettext_lazy("Signs in as itself"),
    "refreshes": gettext_lazy("Refresh tokens"),
    "pairwise": gettext_lazy("An identifier of its own for this application"),
    "door": gettext_lazy("Only people with an entry get in"),
    "return_url": gettext_lazy("Addresses people are led back to"),
    "logout_url": gettext_lazy("Address that is told of the end of a session"),
    "registration": gettext_lazy("Anybody may open an account there"),
    "code_after_reset": gettext_lazy("Who renews a passphrase gets in without an entry"),
    "marks_kept": gettext_lazy("Only administrators change whose account it is"),
    "outside_accounts": gettext_lazy("Accounts of elsewhere that lead in"),
}


@dataclass(frozen=True)
class Side:
    """One field as it reads here and there."""

    label: Words
    here: str
    there: str


@dataclass(frozen=True)
class DriftPage:
    """A difference in words, and which acts there are."""

    public_id: str
    title: str
    what: Words
    sides: list[Side]
    since: datetime
    adoptable: bool
    under_way: bool


def page_of_drift(drift: Drift) -> DriftPage:
    """Return a difference in words."""
    return DriftPage(
        public_id=drift.public_id,
        title=_title(drift),
        what=WHAT[drift.what],
        sides=[
            Side(FIELDS.get(name, name), _said(both["here"]), _said(both["there"]))
            for name, both in drift.differences.items()
        ],
        since=drift.since,
        adoptable=can_adopt(drift=drift),
        under_way=drift.repair_asked_at is not None,
    )


def drift_lines(*, limit: int) -> list[TodayLine]:
    """Return one line of Today for each difference, oldest first."""
    rows = Drift.objects.filter(repair_asked_at=None).order_by("since", "pk")[:limit]
    return [
        TodayLine(
            since=row.since,
            kind="drift",
            badge=_("Drift"),
            title=_title(row),
            detail=_detail(row),
            act=_("Adopt or repair"),
            url=reverse("desk-drift", args=[row.public_id]),
            verb="operate",
            tone="care",
            public_id=row.public_id,
        )
        for row in rows
    ]


def _title(drift: Drift) -> str:
    return _("%(kind)s: %(label)s") % {"kind": KINDS.get(drift.kind, drift.kind), "label": _label(drift)}


def _label(drift: Drift) -> str:
    return "Keycloak" if drift.kind == "realm" else drift.label


def _detail(drift: Drift) -> str:
    if drift.what != DriftKind.DIFFERENT:
        return str(WHAT[drift.what])
    return "; ".join(
        _("%(what)s: %(here)s here, %(there)s there")
        % {"what": FIELDS.get(name, name), "here": _said(both["here"]), "there": _said(both["there"])}
        for name, both in drift.differences.items()
    )


def _said(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        value = ", ".join(value)
    return str(value) if value not in (None, "") else _("nothing")
