# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.admissions import operations
from archipel.admissions.access import page_without_account
from archipel.conversations import operations as conversations
from archipel.conversations.models import Conversation
from archipel.identity import operations as identity
from archipel.kernel import keys
from archipel.mailing.models import Email

pytestmark = pytest.mark.django_db
DENISE = "denise@jardinsduponant.example"


@pytest.fixture
def asked(received, reviewer):
    return operations.decide(request=received, decision="ask", by=reviewer, version=0, words="Qui viendra ?")


def _last_text() -> str:
    return keys.unlock(Email.objects.filter(to_address=DENISE).latest("pk").locked_body)


def test_question_leads_the_asker_to_a_page_that_needs_no_account(client, asked):
    path = page_without_account(asked.public_id, DENISE)

    assert (path in _last_text(), client.get(path).status_code) == (True, 200)


def test_question_leads_who_can_sign_in_to_the_conversation(asked, reviewer):
    identity.set_passphrase(person=asked.person, passphrase="une lanterne dans la brume")
    thread = Conversation.objects.get()
    conversations.write(conversation=thread, side="host", body="Et quand ?", author=reviewer)

    assert f"/conversations/{thread.public_id}/" in _last_text()


def test_page_without_account_is_for_the_asker_only(received):
    assert page_without_account(received.public_id, "somebody@else.example") == ""


def test_draft_has_no_page_to_follow(site, typed):
    draft = operations.start_draft(service=site, language="fr")

    assert page_without_account(draft.public_id, typed["email"]) == ""
