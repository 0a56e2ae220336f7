# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

pytestmark = pytest.mark.django_db


def test_address_that_only_takes_a_form_is_told_in_a_page(client, host):
    answer = client.get("/requests/follow/nothing/answer/", HTTP_ACCEPT_LANGUAGE="fr")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")
    assert "<h1>Cette adresse n’attend que l’envoi d’un formulaire</h1>" in answer.content.decode()


def test_program_that_uses_a_wrong_method_gets_no_page(client, host):
    answer = client.get("/api/requests/confirm")

    assert (answer.status_code, "<h1>" in answer.content.decode()) == (405, False)
