# SPDX-License-Identifier: AGPL-3.0-or-later
"""Notices about hosted pages, and their decisions with a statement of reasons (DSA, art. 16 and 17)."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.host import queries as host
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.kernel.refusals import AlreadyDecided, Invalid
from archipel.mailing import operations as mailing
from archipel.organisations.queries import referents_of
from archipel.spaces import reports, states
from archipel.spaces.models import Address, Report, Space
from archipel.spaces.moves import locked, record
from archipel.spaces.operations.closing import close_space
from archipel.spaces.operations.holding import place_hold


class FieldMissing(Invalid):
    """A notice or a decision lacks what the regulation asks for."""

    code = "field_missing"
    message = _("Please fill in this answer.")


class GoodFaithMissing(Invalid):
    """DSA art. 16(2)(d)."""

    code = "good_faith_missing"
    message = _("Please confirm that you believe in good faith that what you write is accurate and complete.")


@dataclass(frozen=True)
class Notice:
    """What who reports typed; name and e-mail may be empty where ``reports.NAMELESS`` says so."""

    address: str
    category: str
    explanation: str
    name: str = ""
    email: str = ""
    good_faith: bool = False
    language: str = "fr"


def report_site(*, space: Space, notice: Notice) -> Report:
    """Take a notice: it gets a reference, who sent it an acknowledgement, and the desk a line on Today."""
    name = Address.objects.get(space=space).name
    link = reports.clean_link(notice.address, name)
    _check(notice)
    with transaction.atomic():
        report = Report.objects.create(
            space=space,
            address=link,
            category=notice.category,
            explanation=notice.explanation.strip(),
            reporter_name=notice.name.strip(),
            reporter_email=notice.email.strip(),
            good_faith=notice.good_faith,
            language=notice.language,
            received_at=clock.now(),
        )
        record("space.reported", space, visible="host", category=notice.category, reference=report.public_id)
        _mail_reporter(report, "spaces/report_received")
    return report


def _check(notice: Notice) -> None:
    if notice.category not in reports.CATEGORIES:
        raise FieldMissing(field="category")
    needed = {"explanation": notice.explanation}
    if notice.category not in reports.NAMELESS:
        needed |= {"name": notice.name, "email": notice.email}
    for field, typed in needed.items():
        if not typed.strip():
            raise FieldMissing(field=field)
    if not notice.good_faith:
        raise GoodFaithMissing(field="good_faith")


def decide_report(
    *, report: Report, decision: str, facts: str, by: Person, ground_kind: str = "", ground: str = ""
) -> Report:
    """Decide on a notice; what restricts a site says on which facts and which rule it rests (``AlreadyDecided``).

    ``removed`` suspends the site and begins to close it; its deletion still takes the delay and two persons.
    """
    _check_decision(decision, facts, ground_kind, ground)
    with transaction.atomic():
        report = Report.objects.select_for_update(of=("self",)).select_related("space").get(pk=report.pk)
        if report.decision:
            raise AlreadyDecided(decision=report.decision, by=str(report.decided_by), at=str(report.decided_at))
        report.decision, report.decided_at, report.decided_by = decision, clock.now(), by
        report.reasons, report.ground_kind, report.ground = facts.strip(), ground_kind, ground.strip()
        _act(report, by)
        report.save()
        space = locked(report.space)
        record(
            "space.report_decided",
            space,
            by,
            visible="host" if decision == "nothing" else "organisation",
            decision=decision,
            reference=report.public_id,
        )
        _mail_reporter(report, "spaces/report_decided")
        if decision != "nothing":
            _mail_statement(report)
    return report


def _check_decision(decision: str, facts: str, ground_kind: str, ground: str) -> None:
    if decision not in reports.DECISIONS:
        raise FieldMissing(field="decision")
    if not facts.strip():
        raise FieldMissing(field="facts")
    if decision != "nothing":
        if ground_kind not in reports.GROUNDS:
            raise FieldMissing(field="ground_kind")
        if not ground.strip():
            raise FieldMissing(field="ground")


def _act(report: Report, by: Person) -> None:
    """Hold the site back as decided, when there is still something to hold."""
    space = report.space
    if report.decision == "nothing" or space.state not in {"open", "closing"}:
        return
    effect = "read_only" if report.decision == "read_only" else "suspended"
    report.hold = place_hold(space=space, kind="abuse", effect=effect, reason=report.reasons, by=by, tell=False)
    if report.decision == "removed" and space.state == "open":
        close_space(space=space, by=by, reason=report.reasons)


def _mail_reporter(report: Report, name: str) -> None:
    if not report.reporter_email:
        return
    mailing.send(
        name=name,
        to=report.reporter_email,
        to_name=report.reporter_name,
        language=report.language,
        context={"report": report, "name": report.reporter_name, **_words(report)},
    )


def _mail_statement(report: Report) -> None:
    portal = host.current().portal_url
    for person in referents_of(report.space.organisation):
        mailing.send(
            name="spaces/statement",
            to=person.email,
            to_name=person.name,
            language=person.language,
            context={
                "name": person.name,
                "space": report.space,
                "report": report,
                "page_url": f"{portal}/spaces/{report.space.public_id}/statements/{report.public_id}/",
                **_words(report),
            },
        )


def _words(report: Report) -> dict[str, object]:
    """Return the words of a notice and its decision, translated when the message is rendered."""
    return {
        "category": reports.CATEGORIES[report.category],
        "decision": reports.DECISIONS.get(report.decision, ""),
        "ground_kind": reports.GROUNDS.get(report.ground_kind, ""),
        "effect": states.EFFECT_WORDS[report.hold.effect] if report.hold else "",
    }
