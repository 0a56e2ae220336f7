# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.kernel import keys
from archipel.kernel.refusals import AlreadyDecided, Invalid
from archipel.mailing.models import Email
from archipel.outbox.worker import drain
from archipel.spaces import operations, queries, reports
from archipel.spaces.models import Hold, Report, Space
from archipel.spaces.operations import Notice

pytestmark = pytest.mark.django_db

NOTICE = {
    "address": "https://trois-ponts.pages.example/blog/",
    "category": "copyright",
    "explanation": "Ma photo est sur cette page.",
    "name": "Camille Bec",
    "email": "camille@ailleurs.example",
    "good_faith": True,
    "language": "fr",
}
DECISION = {
    "facts": "La photo est celle de Camille.",
    "ground_kind": "law",
    "ground": "Code de la propriété intellectuelle, L122-4",
}


@pytest.fixture
def report(site):
    return operations.report_site(space=site, notice=Notice(**NOTICE))


def _body(name: str) -> str:
    return keys.unlock(Email.objects.get(name=name).locked_body)


def test_notice_gets_a_reference_an_acknowledgement_and_a_line_on_today(report):
    mail = Email.objects.get()
    assert (mail.name, mail.to_address) == ("spaces/report_received", NOTICE["email"])
    assert report.public_id in _body("spaces/report_received")
    assert [(line.kind, line.verb, line.url) for line in queries.today_lines()] == [
        ("report", "report", f"/desk/reports/{report.public_id}/")
    ]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"address": "https://other.example/"}, "address"),
        ({"address": "javascript:alert(1)"}, "address"),
        ({"address": "https://trois-ponts.pages.example.evil.example/"}, "address"),
        ({"category": "boredom"}, "category"),
        ({"explanation": " "}, "explanation"),
        ({"name": ""}, "name"),
        ({"email": ""}, "email"),
        ({"good_faith": False}, "good_faith"),
    ],
)
def test_notice_that_lacks_something_says_what(site, change, field):
    with pytest.raises(Invalid) as caught:
        operations.report_site(space=site, notice=Notice(**NOTICE | change))
    assert caught.value.field == field
    assert Report.objects.count() == 0


def test_abuse_of_children_is_reported_without_a_name(site):
    operations.report_site(space=site, notice=Notice(**NOTICE | {"category": "child_abuse", "name": "", "email": ""}))
    assert Email.objects.count() == 0
    assert Report.objects.get().reporter_email == ""


@pytest.mark.parametrize(
    "link", ["/blog/", "trois-ponts.pages.example/blog/", "http://TROIS-ponts.pages.example:8000/blog/"]
)
def test_link_of_the_site_is_taken_in_any_form(link):
    assert reports.clean_link(link, "trois-ponts.pages.example").lower().endswith("/blog/")


def test_decision_with_a_hold_tells_both_sides_and_never_who_reported(report, site, staff, alice, websites):
    operations.decide_report(report=report, decision="suspended", by=staff, **DECISION)
    drain()

    report.refresh_from_db()
    assert (report.decision, report.hold.kind, report.hold.effect) == ("suspended", "abuse", "suspended")
    assert websites._read(site.public_id).hold.effect == "suspended"
    assert DECISION["facts"] in _body("spaces/report_decided")
    statement = _body("spaces/statement")
    assert Email.objects.get(name="spaces/statement").to_address == alice.email
    assert (DECISION["facts"] in statement, DECISION["ground"] in statement) == (True, True)
    assert ("Camille Bec" in statement, NOTICE["email"] in statement) == (False, False)
    assert Email.objects.filter(name="spaces/held").count() == 0
    assert queries.today_lines() == []


def test_decision_to_change_nothing_is_told_to_who_reported_only(report, staff):
    operations.decide_report(report=report, decision="nothing", facts="Rien d’illégal.", by=staff)

    assert set(Email.objects.values_list("name", flat=True)) == {"spaces/report_received", "spaces/report_decided"}
    assert Hold.objects.count() == 0


def test_decision_to_remove_suspends_and_begins_to_close(report, staff):
    operations.decide_report(report=report, decision="removed", by=staff, **DECISION)

    assert Space.objects.get().state == "closing"
    assert Hold.objects.get().effect == "suspended"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"decision": "praise"}, "decision"),
        ({"facts": ""}, "facts"),
        ({"ground_kind": ""}, "ground_kind"),
        ({"ground": " "}, "ground"),
    ],
)
def test_restriction_without_reasons_is_refused(report, staff, change, field):
    with pytest.raises(Invalid) as caught:
        operations.decide_report(report=report, by=staff, **{"decision": "suspended", **DECISION} | change)
    assert caught.value.field == field
    assert Hold.objects.count() == 0


def test_second_decision_sees_the_first(report, staff):
    operations.decide_report(report=report, decision="nothing", facts="Rien.", by=staff)

    with pytest.raises(AlreadyDecided) as caught:
        operations.decide_report(report=report, decision="suspended", by=staff, **DECISION)
    assert caught.value.details["decision"] == "nothing"
