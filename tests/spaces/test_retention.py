# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.kernel import clock
from archipel.spaces import operations, personal
from archipel.spaces.models import Publication, Report
from archipel.spaces.operations import Notice, Source
from tests import factories
from tests.spaces.test_reports import NOTICE

pytestmark = pytest.mark.django_db
HERE = Source("203.0.113.7", 50_123)


def _publish(site, person, age: timedelta) -> Publication:
    made = operations.publish_zip(space=site, archive=factories.zip_of(), person=person, source=HERE)
    Publication.objects.filter(pk=made.pk).update(started_at=clock.now() - age)
    made.refresh_from_db()
    return made


def test_who_published_from_where_is_kept_a_year_and_no_longer(site, alice):
    old, young = _publish(site, alice, timedelta(days=367)), _publish(site, alice, timedelta(days=364))

    assert (operations.purge_traces(), operations.purge_traces()) == (1, 0)

    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.person, old.from_address, old.from_port, old.number) == (None, None, None, 1)
    assert (young.person, young.from_address, young.from_port) == (alice, "203.0.113.7", 50_123)


def test_who_reported_is_forgotten_a_year_after_the_decision(site, staff):
    report = operations.report_site(space=site, notice=Notice(**NOTICE))
    operations.decide_report(report=report, decision="nothing", facts="Rien.", by=staff)
    assert operations.purge_reporters() == 0
    Report.objects.update(decided_at=clock.now() - timedelta(days=367))

    assert operations.purge_reporters() == 1

    assert Report.objects.values_list("reporter_name", "reporter_email").get() == ("", "")


def test_export_holds_what_a_person_did_and_reported(site, alice):
    _publish(site, alice, timedelta())
    operations.report_site(space=site, notice=Notice(**NOTICE | {"email": alice.email.upper()}))

    told = personal.export(alice)

    assert [(line["means"], line["from_address"]) for line in told["publications"]] == [("zip", "203.0.113.7")]
    assert [line["page"] for line in told["notices"]] == [NOTICE["address"]]
    nothing = {"holds_placed", "exports_asked", "closings_asked", "own_roles", "awaited_roles", "domains_added"}
    nothing |= {"steps_done_by_hand", "upgrades_asked", "rounds_of_upgrades_asked", "restorations_asked"}
    assert {key for key, value in told.items() if value == []} == nothing


def test_forgetting_keeps_what_the_law_asks_and_says_so(site, alice, staff):
    old, young = _publish(site, alice, timedelta(days=400)), _publish(site, alice, timedelta(days=10))
    report = operations.report_site(space=site, notice=Notice(**NOTICE | {"email": alice.email}))

    kept = personal.forget(alice, "person-abc")

    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.person, young.person) == (None, alice)
    assert len(kept) == 2
    operations.decide_report(report=report, decision="nothing", facts="Rien.", by=staff)
    personal.forget(alice, "person-abc")
    assert Report.objects.values_list("reporter_name", "reporter_email").get() == ("person-abc", "")


def test_stranger_leaves_nothing_to_keep(host, charlie):
    assert personal.forget(charlie, "person-xyz") == []
