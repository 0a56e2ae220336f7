# SPDX-License-Identifier: AGPL-3.0-or-later
"""Export and forgetting, by oneself, at once: ways in and entries included."""

from __future__ import annotations

import json

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from archipel.identity import operations
from archipel.identity.models import Entry, KnownDevice, Session, TakenPseudonym
from tests import factories
from tests.identity.factors import SECRET, code, sign_in, with_codes

pytestmark = pytest.mark.usefixtures("host")


@pytest.fixture
def whole(client, charlie):
    """Charlie with everything an account can have, signed in."""
    with_codes(charlie)
    Authenticator.objects.create(
        user=charlie, type="webauthn", data={"name": "clé bleue", "credential": {"id": "secret-id"}}
    )
    operations.change_profile(person=charlie, name="Charlie Petit", language="fr", pseudonym="charlie")
    operations.give_entry(client=factories.client("Nuage"), person=charlie, through="organisation:x", roles=["member"])
    sign_in(client, charlie)
    client.post(reverse("mfa_authenticate"), {"code": code()})
    return charlie


def test_export_holds_ways_in_and_entries_without_secrets(client, whole):
    file = client.get(reverse("my-data-file"))
    mine = json.loads(file.content)["identity"]

    assert [(row["kind"], row["name"]) for row in mine["second_factors"]] == [
        ("totp", ""), ("recovery_codes", ""), ("webauthn", "clé bleue"),
    ]  # fmt: skip
    assert [(row["application"], row["roles"], row["through"]) for row in mine["entries"]] == [
        ("Nuage", ["member"], "organisation:x")
    ]
    assert (mine["pseudonym"], len(mine["sessions"]), len(mine["known_devices"])) == ("charlie", 1, 1)
    words = file.content.decode()
    assert [secret in words for secret in (SECRET, "5eed5eed", "secret-id", client.session.session_key)] == [False] * 4


def test_forgetting_takes_every_way_in_at_once(client, whole):
    page = client.post(reverse("my-data"), {"typed": whole.email})

    left = [model.objects.filter(person=whole).count() for model in (Session, KnownDevice, Entry, TakenPseudonym)]
    whole.refresh_from_db()
    assert (page.status_code, left, Authenticator.objects.count(), whole.pseudonym) == (200, [0, 0, 0, 0], 0, "")
    assert client.get(reverse("account-profile")).status_code == 302
    assert sign_in(client, whole).status_code == 200


def test_name_that_was_forgotten_is_deleted_when_its_day_comes(whole):
    from datetime import timedelta

    from archipel.identity.models import Person
    from archipel.kernel import clock
    from archipel.portal import held

    held.forget(whole, "person-x")
    Person.objects.filter(pk=whole.pk).update(purge_on=clock.today() - timedelta(days=1))

    assert (operations.purge_persons(), Person.objects.filter(pk=whole.pk).count()) == (1, 0)
