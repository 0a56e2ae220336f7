# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.admissions import operations
from archipel.agreements import operations as agreements
from archipel.agreements.models import Agreement
from archipel.conversations import operations as conversations
from archipel.conversations.models import Conversation
from archipel.kernel.refusals import NotFound
from archipel.outbox.worker import drain
from archipel.procedures import operations as procedure_operations
from archipel.procedures import queries as procedures
from archipel.spaces import wiring
from archipel.spaces.models import Address, Space
from tests import factories
from tests.admissions import mailbox
from tests.spaces import websites as fakes

pytestmark = pytest.mark.django_db
DENISE = "denise@jardinsduponant.example"


@pytest.fixture(autouse=True)
def websites(settings):
    made = fakes.renew()
    settings.SPACE_CONNECTORS = {"websites": "tests.spaces.websites.current"}
    wiring.connector_named.cache_clear()
    yield made
    wiring.connector_named.cache_clear()


@pytest.fixture
def accepted(received, reviewer):
    return operations.decide(request=received, decision="accept", by=reviewer, version=0)


def test_withdrawing_takes_back_the_proposal_and_the_address(accepted):
    withdrawn = operations.withdraw(request=accepted)

    assert (withdrawn.state, withdrawn.agreement) == ("withdrawn", None)
    assert (Agreement.objects.get().state, Address.objects.count()) == ("withdrawn", 0)
    assert mailbox.names_to(DENISE)[-1] == "withdrawn"


def test_withdrawing_again_says_nothing_more(received):
    operations.withdraw(request=received)
    operations.withdraw(request=received)

    assert mailbox.names_to(DENISE).count("withdrawn") == 1


def test_withdrawing_what_was_agreed_is_too_late(accepted):
    agreements.agree(agreement=accepted.agreement)
    operations.open_agreed(request=accepted)

    with pytest.raises(operations.TooLateToWithdraw):
        operations.withdraw(request=accepted)


def test_agreeing_opens_the_space_without_anybody(accepted):
    agreements.agree(agreement=accepted.agreement)

    drain()

    accepted.refresh_from_db()
    assert (accepted.state, accepted.space.state) == ("open", "open")
    assert (accepted.space.address.name, accepted.space.quota_bytes) == ("jardins-du-ponant.pages.example", 5 * 10**9)
    assert mailbox.names_to(DENISE)[-2:] == ["organisations/invitation", "spaces/site_open"]


def test_opening_again_opens_once(accepted):
    agreements.agree(agreement=accepted.agreement)

    operations.open_agreed(request=accepted)
    operations.open_agreed(request=accepted)

    assert Space.objects.count() == 1


def test_saying_it_is_open_twice_says_it_once(accepted):
    agreements.agree(agreement=accepted.agreement)
    drain()
    accepted.refresh_from_db()
    lines = Conversation.objects.get().messages.count()

    operations.mark_open(request=accepted, space=accepted.space)

    assert (accepted.state, Conversation.objects.get().messages.count()) == ("open", lines)


def test_an_address_lost_in_the_meantime_opens_at_the_nearest_free_one(accepted):
    Address.objects.all().delete()
    factories.space(factories.organisation(), label="jardins-du-ponant", service=accepted.service)
    agreements.agree(agreement=accepted.agreement)

    opened = operations.open_agreed(request=accepted)

    assert opened.space.address.name == "jardins-du-ponant-2.pages.example"


def test_a_cancelled_opening_is_decided_again(accepted, websites, reviewer):
    agreements.agree(agreement=accepted.agreement)
    operations.open_agreed(request=accepted)
    accepted.refresh_from_db()
    procedure = procedures.of("space", accepted.space.public_id)
    procedure_operations.cancel(procedure=procedure, by=reviewer)

    drain(raise_errors=False)

    accepted.refresh_from_db()
    assert (accepted.state, accepted.space) == ("in_review", None)
    again = operations.decide(request=accepted, decision="accept", by=reviewer, version=accepted.version)
    assert again.agreement.state == "proposed"


def test_agreeing_by_the_token_of_another_request_is_not_found(accepted):
    token = mailbox.token_of("accepted", "/agreements/")

    with pytest.raises(NotFound):
        operations.agree(public_id="another", token=token)

    request, agreement = operations.agree(public_id=accepted.public_id, token=token)
    assert (request.pk, agreement.state) == (accepted.pk, "agreed")


def test_a_message_of_the_asker_answers_the_question(received, reviewer):
    asked = operations.decide(request=received, decision="ask", by=reviewer, version=0, words="Combien ?")

    operations.answer(request=asked, body="Douze.")
    drain()

    asked.refresh_from_db()
    assert asked.state == "in_review"


def test_a_message_of_the_host_answers_nothing(received, reviewer):
    asked = operations.decide(request=received, decision="ask", by=reviewer, version=0, words="Combien ?")
    conversations.write(conversation=Conversation.objects.get(), side="host", body="Bonjour", author=reviewer)

    drain()

    asked.refresh_from_db()
    assert asked.state == "question"
