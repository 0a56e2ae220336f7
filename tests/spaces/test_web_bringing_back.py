# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from archipel.identity import operations as identity
from archipel.spaces.models import Restoration, Space
from tests import factories
from tests.spaces import bundles

pytestmark = pytest.mark.django_db


def upload(bundle):
    return SimpleUploadedFile("export.zip", bundle.getvalue(), content_type="application/zip")


def test_referent_brings_an_export_back(client, blog, alice):
    client.force_login(alice)
    page = reverse("space-bring-back", args=[blog.public_id])
    assert client.get(page).status_code == 200

    answer = client.post(page, {"archive": upload(bundles.made()), "understood": "on", "with_people": "on"})

    assert answer.status_code == 302
    assert Restoration.objects.get().space == blog
    assert "fait par Le Goulet" in client.get(page).content.decode()


def test_export_that_cannot_be_taken_is_said_beside_the_field(client, blog, alice):
    client.force_login(alice)

    answer = client.post(
        reverse("space-bring-back", args=[blog.public_id]),
        {"archive": upload(bundles.packed({"a.txt": b"x"})), "understood": "on"},
    )

    assert answer.status_code == 422
    assert "Ce n’est pas l’export d’un espace" in answer.content.decode()
    assert Restoration.objects.count() == 0


def test_desk_opens_a_space_from_an_export(client, host, trois_ponts, blogs, staff):
    service = factories.blog_service()
    client.force_login(staff)
    page = reverse("desk-space-from-bundle")
    typed = {"organisation": trois_ponts.name, "service": service.slug, "label": "retour", "gigabytes": "2"}

    answer = client.post(page, typed | {"archive": upload(bundles.made())})

    space = Space.objects.get()
    assert answer["Location"] == reverse("desk-space", args=[space.public_id])
    assert (space.title, space.address.name, space.quota_bytes) == ("Blog", "retour.pages.example", 2 * 10**9)


def test_name_of_two_organisations_is_not_guessed(client, host, trois_ponts, staff):
    factories.organisation(name=trois_ponts.name)
    factories.blog_service()
    client.force_login(staff)

    answer = client.post(
        reverse("desk-space-from-bundle"),
        {"organisation": trois_ponts.name, "service": "blogs", "label": "x", "archive": upload(bundles.made())},
    )

    assert answer.status_code == 422
    assert Space.objects.count() == 0


def test_program_brings_an_export_back_and_follows_it(client, blog, alice):
    token = identity.issue_token(person=alice, name="t", scopes=["spaces:read", "spaces:write"])[1]
    headers = {"Authorization": f"Bearer {token}"}
    path = f"/api/spaces/{blog.public_id}/bundles"

    sent = client.post(path, bundles.made().getvalue(), content_type="application/zip", headers=headers)
    read = client.get(f"{path}/{sent.json()['id']}", headers=headers)

    assert (sent.status_code, sent.json()["state"], read.json()["id"]) == (202, "waiting", sent.json()["id"])
