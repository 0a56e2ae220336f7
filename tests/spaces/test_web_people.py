# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from archipel.identity import operations as identity
from archipel.identity.models import Entry
from archipel.identity.wiring import who_gives_entry
from archipel.portal import launcher
from archipel.spaces.models import SpaceRole
from tests import factories

pytestmark = pytest.mark.django_db


def page_of(space):
    return reverse("space-people", args=[space.public_id])


def test_referent_sees_who_enters_and_sets_another_role(client, blog, alice, bob):
    client.force_login(alice)
    shown = client.get(page_of(blog)).content.decode()
    assert "S’occupe de tout" in shown
    form = client.get(f"{page_of(blog)}?change={bob.public_id}").content.decode()
    assert '<option value="author">Écrit et publie</option>' in form

    answer = client.post(reverse("space-person-role", args=[blog.public_id, bob.public_id]), {"role": "author"})

    assert (answer.status_code, answer["Location"]) == (302, page_of(blog))
    assert SpaceRole.objects.get(space=blog, person=bob).role == "author"
    assert "Écrit et publie" in client.get(page_of(blog)).content.decode()


def test_member_reads_and_changes_nothing(client, blog, bob, alice):
    client.force_login(bob)

    assert client.get(page_of(blog)).status_code == 200
    answer = client.post(reverse("space-person-role", args=[blog.public_id, alice.public_id]), {"role": "=none"})

    assert answer.status_code == 403
    assert SpaceRole.objects.count() == 0


def test_stranger_finds_nothing(client, blog, charlie):
    client.force_login(charlie)

    assert client.get(page_of(blog)).status_code == 404


def test_nobody_is_given_a_role_in_a_website(client, site, alice, bob):
    client.force_login(alice)
    client.post(reverse("space-person-role", args=[site.public_id, bob.public_id]), {"role": "=none"})

    assert SpaceRole.objects.count() == 0
    assert "Personne ne se connecte à cet espace" in client.get(page_of(site)).content.decode()


def test_page_costs_as_many_queries_with_three_people_more(client, blog, trois_ponts, alice):
    client.force_login(alice)
    client.get(page_of(blog))
    with CaptureQueriesContext(connection) as few:
        client.get(page_of(blog))
    for number in range(3):
        factories.role(trois_ponts, factories.person(f"Camille {number}", f"c{number}@people.example"), "member")
    with CaptureQueriesContext(connection) as more:
        client.get(page_of(blog))

    assert len(more) == len(few)


def test_programs_read_and_set_the_same(client, blog, alice, bob):
    token = identity.issue_token(person=alice, name="t", scopes=["spaces:read", "organisations:write"])[1]
    headers = {"Authorization": f"Bearer {token}"}
    path = f"/api/spaces/{blog.public_id}/people"

    told = client.put(f"{path}/{bob.public_id}", {"role": ""}, content_type="application/json", headers=headers)
    read = client.get(path, headers=headers)

    assert told.json() == {"id": bob.public_id, "name": bob.name, "role": "", "own": True}
    assert read.json()["roles"] == ["referent", "member", "author", "subscriber"]
    assert [(one["name"], one["role"]) for one in read.json()["people"]] == [
        ("Alice Martin", "referent"),
        ("Bob Leroy", ""),
    ]
    assert not Entry.objects.filter(person=bob).exists()


def test_refused_person_is_told_whom_to_ask_and_a_stranger_nobody(blog, trois_ponts, alice, bob, charlie):
    factories.organisation(name="Le Lavoir", referent=charlie)

    assert [(one.name, one.organisation) for one in who_gives_entry(bob, blog.client)] == [
        (alice.name, trois_ponts.name)
    ]
    assert list(who_gives_entry(charlie, blog.client)) == []


def test_tile_leads_into_the_application_for_who_may_enter(blog, trois_ponts, alice, bob):
    factories.role(trois_ponts, bob, "treasurer")
    Entry.objects.filter(person=bob).delete()

    shown = {
        who.name: [(tile.kind, tile.url, tile.note) for group in launcher.tiles_of(who) for tile in group.tiles]
        for who in (alice, bob)
    }

    assert shown == {
        "Alice Martin": [("application", "https://blog-des-ponts.pages.example/", "blog-des-ponts.pages.example")],
        "Bob Leroy": [("space", f"/spaces/{blog.public_id}/", "")],
    }


def test_page_of_the_space_has_the_way_in(client, blog, alice):
    client.force_login(alice)

    shown = client.get(reverse("space", args=[blog.public_id])).content.decode()

    assert 'href="https://blog-des-ponts.pages.example/"' in shown
