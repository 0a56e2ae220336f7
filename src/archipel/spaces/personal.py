# SPDX-License-Identifier: AGPL-3.0-or-later
"""What spaces hold on a person: what they published and from where, what they decided, what they reported."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from archipel.identity.models import Person
from archipel.identity.queries import is_address_of
from archipel.kernel import clock
from archipel.spaces import reports
from archipel.spaces.models import (
    AwaitedRole,
    Closing,
    Domain,
    Export,
    HandStep,
    Hold,
    Publication,
    Report,
    Restoration,
    SpaceRole,
    Upgrade,
    UpgradeRound,
)


def export(person: Person) -> dict[str, Any]:
    """Return it all, JSON-ready."""
    return _entered_and_asked(person) | {
        "publications": [
            {
                "space": row.space.title,
                "means": row.means,
                "state": row.state,
                "at": row.started_at.isoformat(),
                "from_address": row.from_address,
                "from_port": row.from_port,
            }
            for row in Publication.objects.filter(person=person).select_related("space").order_by("started_at", "pk")
        ],
        "holds_placed": [
            {"space": row.space.title, "kind": row.kind, "reason": row.reason, "since": row.since.isoformat()}
            for row in Hold.objects.filter(placed_by=person).select_related("space").order_by("since", "pk")
        ],
        "exports_asked": [
            {"space": row.space.title, "at": row.asked_at.isoformat()}
            for row in Export.objects.filter(asked_by=person).select_related("space").order_by("asked_at", "pk")
        ],
        "domains_added": [
            {"space": row.space.title, "name": row.name, "at": row.added_at.isoformat()}
            for row in Domain.objects.filter(added_by=person).select_related("space").order_by("added_at", "pk")
        ],
        "closings_asked": [
            {"space": row.space.title, "at": row.asked_at.isoformat(), "reason": row.reason}
            for row in Closing.objects.filter(asked_by=person).select_related("space").order_by("asked_at", "pk")
        ],
        "steps_done_by_hand": [
            {"space": row.space.title, "step": row.words, "at": row.done_at.isoformat() if row.done_at else None}
            for row in HandStep.objects.filter(done_by=person).select_related("space").order_by("done_at", "pk")
        ],
        "notices": [
            {
                "page": row.address,
                "category": str(reports.CATEGORIES[row.category]),
                "explanation": row.explanation,
                "name": row.reporter_name,
                "email": row.reporter_email,
                "at": row.received_at.isoformat(),
                "decision": row.decision,
            }
            for row in Report.objects.filter(is_address_of(person, "reporter_email")).order_by("received_at", "pk")
        ],
    }


def _entered_and_asked(person: Person) -> dict[str, Any]:
    """Return what they enter spaces with, and what they had done with what runs."""
    return {
        "own_roles": [
            {"space": row.space.title, "role": row.role}
            for row in SpaceRole.objects.filter(person=person).select_related("space").order_by("space__title", "pk")
        ],
        "awaited_roles": [
            {"space": row.space.title, "email": row.email, "role": row.role}
            for row in AwaitedRole.objects.filter(is_address_of(person, "email")).select_related("space").order_by("pk")
        ],
        "upgrades_asked": [
            {"space": row.space.title, "to_version": row.to_version, "at": row.asked_at.isoformat()}
            for row in Upgrade.objects.filter(asked_by=person).select_related("space").order_by("asked_at", "pk")
        ],
        "rounds_of_upgrades_asked": [
            {"service": row.service.slug, "to_version": row.to_version, "at": row.asked_at.isoformat()}
            for row in UpgradeRound.objects.filter(asked_by=person).select_related("service").order_by("asked_at")
        ],
        "restorations_asked": [
            {"space": row.space.title, "at": row.asked_at.isoformat(), "state": row.state}
            for row in Restoration.objects.filter(asked_by=person).select_related("space").order_by("asked_at", "pk")
        ],
    }


def forget(person: Person, pseudonym: str) -> list[str]:
    """Forget what may be forgotten and say what is kept, why and until when."""
    SpaceRole.objects.filter(person=person).delete()
    AwaitedRole.objects.filter(is_address_of(person, "email")).delete()
    kept = []
    year_ago = clock.start_of_day(clock.add_years(clock.today(), -1))
    mine = Publication.objects.filter(person=person)
    mine.filter(started_at__lt=year_ago).update(person=None, from_address=None, from_port=None)
    last = mine.order_by("-started_at").values_list("started_at", flat=True).first()
    if last:
        until = clock.add_years(clock.day_of(last), 1)
        kept.append(
            _(
                "What you published and from where is kept under a pseudonym until %(day)s: the law asks hosts to (decree 2021-1362)."
            )
            % {"day": f"{until:%d/%m/%Y}"}
        )
    notices = Report.objects.filter(is_address_of(person, "reporter_email"))
    notices.exclude(decision="").update(reporter_name=pseudonym, reporter_email="")
    if notices.filter(decision="").exists():
        kept.append(
            _(
                "A notice you sent about a site is kept with your address until it is decided, so that we can answer you."
            )
        )
    return kept
