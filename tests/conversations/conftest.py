# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.utils import translation

from archipel.conversations import operations


@pytest.fixture
def conversation(host, trois_ponts, alice):
    """A conversation about something of Alice's organisation, in which she takes part."""
    row = operations.open_conversation(
        about=("bench", "r23456789bcdfg"), subject="Votre demande de site", organisation=trois_ponts
    )
    operations.add_participant(conversation=row, email=alice.email, name=alice.name, side="them", person=alice)
    return row


@pytest.fixture(autouse=True)
def english():
    """Compare words in the language they are written in."""
    with translation.override("en"):
        yield


@pytest.fixture
def client(client):
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return client
