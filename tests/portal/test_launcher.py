# SPDX-License-Identifier: AGPL-3.0-or-later
"""What one may enter: tiles on the home page, and the host's menu for other applications."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import requests
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from archipel.identity import operations as identity
from archipel.kernel import clock
from archipel.organisations import operations as organisations
from archipel.portal import launcher
from tests import factories
from tests.identity import asking

pytestmark = pytest.mark.usefixtures("host")
HOW_TO = Path(__file__).resolve().parents[2] / "docs" / "how-to" / "show-the-launcher.md"


@pytest.fixture
def cloud(db):
    return factories.client("Nuage", icon="cloud", home_url="https://nuage.example/")


@pytest.fixture
def entered(trois_ponts, cloud):
    return organisations.open_application(organisation=trois_ponts, client=cloud, by=None)


def token_of(person, *scopes):
    return identity.issue_token(person=person, name="menu", scopes=scopes or ["launcher"])[1]


def ask(token, browser=None, **headers):
    return (browser or Client()).get("/api/launcher", headers={"Authorization": f"Bearer {token}", **headers})


def shown(person):
    return [(group.name, [(tile.kind, tile.title, tile.url) for tile in group.tiles]) for group in launcher.tiles_of(person)]  # fmt: skip


def test_tiles_are_the_spaces_and_applications_one_may_enter_by_organisation(trois_ponts, entered, bob, charlie):
    space = factories.space(trois_ponts)

    assert shown(bob) == [
        (
            "La ressourcerie des Trois-Ponts",
            [
                ("space", "Site web", f"/spaces/{space.public_id}/"),
                ("application", "Nuage", "https://nuage.example/"),
            ],
        )
    ]
    assert shown(charlie) == []


def test_tile_goes_with_the_entry(trois_ponts, entered, alice, bob):
    organisations.change_personal_access(access=entered, person=bob, role="", by=alice)

    assert (shown(bob), len(shown(alice))) == ([], 1)


def test_application_entered_through_something_else_is_shown_once(trois_ponts, entered, cloud, bob):
    forge = factories.client("Forge")
    for client in (cloud, forge):
        identity.give_entry(client=client, person=bob, through="space:x")

    assert shown(bob) == [
        ("La ressourcerie des Trois-Ponts", [("application", "Nuage", "https://nuage.example/")]),
        ("Autres applications", [("application", "Forge", "https://nuage.example/")]),
    ]


@pytest.mark.parametrize(
    ("home", "redirects", "urls"),
    [
        ("", ["https://forge.example:8443/a/b?c=d"], ["https://forge.example:8443/"]),
        ("javascript:alert(1)", [], []),
        ("", ["org.example.app:/callback"], []),
        ("", [], []),
    ],
)
def test_tile_leads_to_a_page_or_is_not_shown(trois_ponts, bob, home, redirects, urls):
    client = factories.client("Forge", home_url=home, redirect_uris=redirects)
    organisations.open_application(organisation=trois_ponts, client=client, by=None)

    assert [tile.url for group in launcher.tiles_of(bob) for tile in group.tiles] == urls


def test_closed_application_has_no_tile(entered, cloud, bob):
    cloud.closed_at = clock.now()
    cloud.save()

    assert shown(bob) == []


def test_home_shows_the_tiles(client, entered, bob):
    client.force_login(bob)

    page = client.get(reverse("home")).content.decode()

    assert '<a class="tile" href="https://nuage.example/">' in page


def test_home_shows_what_stands_open_to_all_and_can_be_used(client, host, charlie):
    factories.service("pad", name="Pad", state="open", access="open", link="https://pad.example/")
    factories.service("visio", name="Visio", state="trial", access="account", link="https://visio.example/")
    factories.service("loin", name="Loin", state="considered", access="open", link="https://loin.example/")
    factories.service("nuage", name="Nuage", state="open", access="request", link="https://nuage.example/")
    client.force_login(charlie)

    page = client.get(reverse("home")).content.decode()

    shown = {
        name: f'<a class="tile" href="https://{name}.example/">' in page for name in ("pad", "visio", "loin", "nuage")
    }
    assert shown == {"pad": True, "visio": True, "loin": False, "nuage": False}


def test_page_of_the_organisation_shows_the_application_to_who_enters_it_only(client, trois_ponts, entered, alice, bob):
    organisations.change_personal_access(access=entered, person=bob, role="", by=alice)
    pages = {}
    for person in (alice, bob):
        client.force_login(person)
        pages[person.name] = client.get(reverse("organisation", args=[trois_ponts.public_id])).content.decode()

    assert {name: 'href="https://nuage.example/"' in page for name, page in pages.items()} == {
        "Alice Martin": True,
        "Bob Leroy": False,
    }


@pytest.mark.parametrize("count", [1, 3])
def test_tiles_cost_the_same_whatever_their_number(trois_ponts, bob, count):
    for number in range(count):
        factories.space(trois_ponts, f"site-{number}")
        other = factories.organisation(f"Organisation {number}", referent=bob)
        for where in (trois_ponts, other):
            organisations.open_application(
                organisation=where, client=factories.client(f"{where.name} {number}"), by=None
            )

    with CaptureQueriesContext(connection) as asked:
        launcher.tiles_of(bob)

    assert len(asked) == 5


def test_api_answers_who_i_am_and_my_tiles(trois_ponts, entered, cloud, bob):
    space = factories.space(trois_ponts)
    other = factories.organisation("Le Lavoir", members=[bob])
    organisations.open_application(organisation=other, client=cloud, by=None)

    answer = ask(token_of(bob))

    lavoir = {"id": other.public_id, "name": "Le Lavoir"}
    ponts = {"id": trois_ponts.public_id, "name": trois_ponts.name}
    assert answer.json() == {
        "person": {"id": bob.public_id, "name": "Bob Leroy", "language": "fr"},
        "host": {"name": "L’Escale", "url": "http://testserver/home/"},
        "tiles": [
            {
                "kind": "space",
                "id": space.public_id,
                "title": "Site web",
                "apart": "Site des Trois-Ponts",
                "note": "",
                "icon": "site",
                "url": f"http://testserver/spaces/{space.public_id}/",
                "organisations": [ponts],
            },
            {
                "kind": "application",
                "id": cloud.public_id,
                "title": "Nuage",
                "apart": "",
                "note": "",
                "icon": "cloud",
                "url": "https://nuage.example/",
                "organisations": [ponts, lavoir],
            },
        ],
    }
    assert answer["Cache-Control"] == "private, no-store"


def test_api_speaks_the_language_of_the_person_not_of_the_program(trois_ponts, bob):
    factories.space(trois_ponts, state="opening", connector="", opened_at=None, label="")
    bob.language = "en"
    bob.save()

    answer = ask(token_of(bob), **{"Accept-Language": "fr"})

    assert [tile["note"] for tile in answer.json()["tiles"]] == ["being opened"]


def test_api_opens_to_no_cookie_and_tells_no_other_origin_anything(client, entered, bob):
    client.force_login(bob)
    elsewhere = {"Origin": "https://nuage.example"}

    by_cookie = client.get("/api/launcher", headers=elsewhere)
    by_token = ask(token_of(bob), client, **elsewhere)
    before = client.options(
        "/api/launcher", headers={**elsewhere, "Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "authorization"}
    )  # fmt: skip

    assert (by_cookie.status_code, by_token.status_code, before.status_code) == (401, 200, 405)
    for answer in (by_cookie, by_token, before):
        assert [name for name in answer.headers if name.lower().startswith("access-control")] == []
        assert "Set-Cookie" not in answer.headers


def test_api_is_the_persons_of_the_token_whoever_is_signed_in(client, entered, alice, charlie):
    client.force_login(alice)

    assert ask(token_of(charlie), client).json()["person"]["name"] == "Charlie Petit"


@pytest.mark.parametrize("subject", ["public", "pairwise"])
def test_attack_an_application_is_told_the_identifier_it_knows_and_no_other(client, bob, subject):
    """One whose people have an identifier of their own there could else be compared with other applications."""
    menu, secret = asking.registered("Menu", scopes=["openid", "launcher"], subject=subject)
    asking.let_in(menu, bob)
    client.force_login(bob)
    token = asking.tokens(client, menu, secret)

    told = ask(token["access_token"]).json()["person"]["id"]

    assert told == asking.claims_of(token["id_token"])["sub"]
    assert (told == bob.public_id) is (subject == "public")
    assert ask(token_of(bob)).json()["person"]["id"] == bob.public_id


@pytest.mark.parametrize("scope", ["me:read", "spaces:read"])
def test_api_refuses_a_token_made_for_something_else(bob, scope):
    answer = ask(token_of(bob, scope))

    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")


def test_api_forgets_at_once_who_was_removed(trois_ponts, entered, alice, bob):
    token = token_of(bob)
    before = len(ask(token).json()["tiles"])

    organisations.remove_person(organisation=trois_ponts, person=bob, by=alice)

    assert (before, ask(token).json()["tiles"]) == (1, [])


def test_how_to_says_what_the_answer_holds(entered, bob):
    written = HOW_TO.read_text()
    answer = ask(token_of(bob)).json()

    assert [key for key in [*answer, *answer["tiles"][0]] if f'"{key}"' not in written] == []


@pytest.mark.server
def test_how_to_draws_the_menu_of_a_person(live_server, host, transactional_db):
    factories.host(portal_url=live_server.url)
    bob = factories.person(name="Bob Leroy", email="bob@trois-ponts.example")
    where = factories.organisation("Les Trois-Ponts", referent=bob)
    client = factories.client("<b>Nuage</b> & Cie", home_url="https://nuage.example/?a=1&b=2")
    organisations.open_application(organisation=where, client=client, by=None)
    code = re.search(r"```python\n(.*?)```", HOW_TO.read_text(), re.DOTALL)[1]
    written: dict = {}
    exec(compile(code, str(HOW_TO), "exec"), written)
    menu = written["menu"]
    # The first question loads every page of the house, longer than an application waits for its menu.
    requests.get(f"{live_server.url}/api/launcher", timeout=60)

    drawn = menu(live_server.url, token_of(bob))
    refused = menu(live_server.url, "arc_wrong")
    silent = menu("http://127.0.0.1:9", token_of(bob))

    assert drawn == (
        '<nav aria-label="L’Escale"><ul><li><a href="https://nuage.example/?a=1&amp;b=2">'
        "&lt;b&gt;Nuage&lt;/b&gt; &amp; Cie</a></li></ul></nav>"
    )
    assert (refused, silent) == ("", "")
