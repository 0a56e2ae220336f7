# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import json
from datetime import timedelta

import pytest
import time_machine

from archipel.admissions import merging, operations, personal
from archipel.admissions.models import Request
from archipel.conversations.models import Conversation
from archipel.history.models import Entry
from archipel.kernel import clock
from archipel.spaces.models import Address
from tests import factories
from tests.admissions.saying import said

pytestmark = pytest.mark.django_db
DENISE = "denise@jardinsduponant.example"


def test_drafts_go_thirty_days_after_the_last_word(site):
    factories.draft(site)
    with time_machine.travel(clock.now() + timedelta(days=20), tick=False):
        operations.save_draft(request=Request.objects.get(), typed={"message": "Encore"})
    with time_machine.travel(clock.now() + timedelta(days=49), tick=False):
        assert operations.purge_drafts() == 0
    with time_machine.travel(clock.now() + timedelta(days=51), tick=False):
        assert operations.purge_drafts() == 1


def test_a_declined_request_loses_its_names_after_a_year_and_keeps_its_counts(received, reviewer):
    operations.decide(request=received, decision="decline", by=reviewer, version=0, reason="no_room", words="Désolés.")
    with time_machine.travel(clock.now() + timedelta(days=364), tick=False):
        assert operations.purge_answered() == 0
    with time_machine.travel(clock.now() + timedelta(days=367), tick=False):
        assert (operations.purge_answered(), operations.purge_answered()) == (1, 0)

    row = Request.objects.get()
    assert (row.state, row.decision_reason, row.service) == ("declined", "no_room", received.service)
    named = (
        row.organisation_name,
        row.person_name,
        row.email,
        row.message,
        row.decision_words,
        row.person,
        row.organisation,
    )
    assert named == ("", "", "", "", "", None, None)
    assert Conversation.objects.count() == 0


def test_a_reopened_request_is_not_purged(received, reviewer):
    declined = operations.decide(request=received, decision="decline", by=reviewer, version=0, reason="no_room")
    operations.reopen(request=declined, by=reviewer, version=1)

    with time_machine.travel(clock.now() + timedelta(days=500), tick=False):
        assert operations.purge_answered() == 0


def test_export_is_json_with_everything_declared(received):
    exported = personal.export(received.person)

    assert json.loads(json.dumps(exported)) == exported
    assert exported["requests"][0]["reference"] == received.reference
    declared = {line["what"]: line["value"] for line in exported["requests"][0]["declared"]}
    assert declared[said("E-mail address")] == DENISE


def test_forgetting_withdraws_what_waits_and_empties_it(received):
    said = personal.forget(received.person, "Personne 7")

    row = Request.objects.get()
    assert (row.state, row.person_name, row.email, row.message) == ("withdrawn", "Personne 7", "", "")
    assert Address.objects.count() == 0
    assert len(said) == 1
    assert Entry.objects.filter(actor_label__contains="Denise").count() == 0


def test_forgetting_leaves_what_was_agreed_under_a_pseudonym(site, received):
    agreement = factories.agreement(received.organisation, site, state="agreed")
    Request.objects.filter(pk=received.pk).update(state="open", agreement=agreement)

    personal.forget(received.person, "Personne 7")

    row = Request.objects.get()
    assert (row.state, row.person_name, row.organisation_name) == ("open", "Personne 7", "Les Jardins du Ponant")


def test_forgetting_deletes_drafts_of_the_same_address(site, received):
    factories.draft(site, link_sent_to=DENISE)
    Request.objects.filter(state="draft").update(link_sent_to=DENISE)

    personal.forget(received.person, "Personne 7")

    assert Request.objects.filter(state="draft").count() == 0


def test_merging_moves_requests(received, alice, trois_ponts):
    assert len(merging.preview(trois_ponts, received.organisation).moves) == 1

    merging.move(trois_ponts, received.organisation)
    merging.move_person(alice, received.person)

    row = Request.objects.get()
    assert (row.organisation, row.person) == (trois_ponts, alice)
