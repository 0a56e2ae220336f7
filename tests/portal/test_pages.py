# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages that are composed: front page, home, an organisation, Today, history, all my data."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archipel.admissions.models import Request, Wave
from archipel.conversations import operations as conversations
from archipel.history import operations as history
from archipel.host import operations as host_operations
from archipel.identity import operations as identity
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.organisations import access
from archipel.outbox.worker import drain
from archipel.portal import queries
from archipel.spaces.models import Hold, Report
from tests import factories
from tests.looking import look_at

pytestmark = pytest.mark.django_db
PUBLIC_NODES, DESK_NODES = 300, 900
# What a browser would run, were it not written as text.
NASTY = "<script>alert(1)</script>{actor}{0}"


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


@pytest.fixture
def at_home(client, host, alice, trois_ponts):
    client.force_login(alice)
    return client


def asked(number: int, **changes) -> Request:
    service, now = factories.website_service(), clock.now() - timedelta(days=30 - number % 30)
    values = {
        "service": service, "state": "submitted", "since": now, "saved_at": now, "created_at": now, "submitted_at": now,
        "reference": f"D-2026-{number:04d}", "organisation_name": f"Collectif {number:02d}", "organisation_kind": "collective",
        "person_name": "Nadia", "email": "nadia@people.example",
    }  # fmt: skip
    return Request.objects.create(**values | changes)


def nodes(answer) -> int:
    seen = look_at(answer)
    assert seen
    return seen.nodes


def questions(client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as found:
        client.get(path)
    return len(found)


def test_front_page_says_what_the_host_wrote_in_the_readers_language(client, host):
    for language, words in (("fr", "À bon port"), ("en", "In safe harbour")):
        host_operations.write_text(key="home/title", language=language, body=words)
    assert [
        ("À bon port" in _front(client, code), "In safe harbour" in _front(client, code)) for code in ("fr", "en")
    ] == [(True, False), (False, True)]


def _front(client, language: str) -> str:
    return client.get("/", headers={"Accept-Language": language}).content.decode()


def test_front_page_shows_what_is_offered_and_not_what_is_considered(client, host):
    factories.website_service()
    factories.service("agenda", "Agenda tout neuf", state="considered")
    page = client.get("/")
    assert ("Site web" in page.content.decode(), "Agenda tout neuf" in page.content.decode()) == (True, True)
    assert nodes(page) <= PUBLIC_NODES


def test_front_page_sets_no_cookie(client, host):
    assert dict(client.get("/").cookies) == {}


def test_words_of_the_host_are_text_not_page(client, host):
    for key in ("home/title", "home/lead", "home/promise", "about/body"):
        host_operations.write_text(key=key, language="fr", body=f"{NASTY} <img src=x onerror=alert(1)>")
    pages = [client.get(path).content.decode() for path in ("/", "/about/")]
    assert ["<script>alert" in page or "<img src=x" in page for page in pages] == [False, False]


def test_home_shows_the_spaces_of_my_organisations_and_no_others(at_home, trois_ponts, charlie):
    factories.space(trois_ponts)
    factories.space(factories.organisation("Ailleurs", referent=charlie), "ailleurs", title="Site d’Ailleurs")
    page = at_home.get("/home/").content.decode()
    assert ("Site des Trois-Ponts" in page, "Site d’Ailleurs" in page) == (True, False)


def test_home_of_somebody_without_anything_says_what_to_do(client, host, charlie):
    client.force_login(charlie)
    page = client.get("/home/").content.decode()
    assert '/services/"' in page


def test_tiles_lead_to_their_space(at_home, trois_ponts):
    space = factories.space(trois_ponts)
    path = f'href="/spaces/{space.public_id}/"'
    assert [
        path in at_home.get(page).content.decode() for page in ("/home/", f"/organisations/{trois_ponts.public_id}/")
    ] == [True, True]


@pytest.mark.parametrize("page", ["/home/", "/organisations/{id}/"])
def test_portal_pages_ask_the_same_with_three_spaces_as_with_one(at_home, trois_ponts, page):
    path = page.format(id=trois_ponts.public_id)
    factories.space(trois_ponts, "un")
    one = questions(at_home, path)
    for number in range(2):
        factories.space(trois_ponts, f"encore-{number}")
        factories.role(trois_ponts, factories.person(f"Camille {number}", f"c{number}@people.example"), "member")
    assert questions(at_home, path) == one
    assert nodes(at_home.get(path)) <= PUBLIC_NODES


def test_page_of_an_organisation_shows_its_people_and_the_way_to_invite(at_home, client, trois_ponts, bob):
    path, invite = f"/organisations/{trois_ponts.public_id}/", f"/organisations/{trois_ponts.public_id}/people/"
    of_alice = at_home.get(path).content.decode()
    assert ("Bob Leroy" in of_alice, invite in of_alice) == (True, True)


@pytest.mark.parametrize("path", ["/desk/machines/", "/desk/backup-places/", "/desk/drills/", "/desk/recipes/"])
def test_machines_and_what_belongs_to_them_stand_under_one_entry(desk, path):
    context = desk.get(path).context
    assert [link["url"] for link in context["nav"] if link.get("current")] == ["/desk/machines/"]
    assert [(link["url"], link.get("current", False)) for link in context["group_nav"]] == [
        (url, url == path) for url in ("/desk/machines/", "/desk/backup-places/", "/desk/drills/", "/desk/recipes/")
    ]


def test_other_pages_of_the_desk_have_no_row_of_their_own(desk):
    context = desk.get("/desk/spaces/").context
    assert [link["url"] for link in context["nav"] if link.get("current")] == ["/desk/spaces/"]
    assert context["group_nav"] == []


def test_today_is_oldest_first_and_goes_on_on_the_next_page(desk):
    for number in range(25):
        asked(number)
    first, second = desk.get("/desk/"), desk.get("/desk/?page=2")
    shown = [line.title for page in (first, second) for line in page.context["lines"] if line.kind == "request"]
    assert (len(shown), len(set(shown))) == (25, 25)
    assert [line.since for line in first.context["lines"]] == sorted(line.since for line in first.context["lines"])
    assert (
        "?page=2" in first.content.decode(),
        "?page=1" in second.content.decode(),
        "?page=3" in second.content.decode(),
    ) == (True, True, False)
    assert nodes(first) <= DESK_NODES


@pytest.mark.parametrize("page", ["0", "-1", "x", "", "99999999999999999999", "²", "1e3", "٣"])
def test_today_reads_any_page_number_without_falling(desk, page):
    assert desk.get("/desk/", {"page": page}).status_code == 200


def test_today_asks_the_same_with_three_lines_as_with_one(desk):
    asked(1)
    one = questions(desk, "/desk/")
    asked(2)
    asked(3)
    assert questions(desk, "/desk/") == one


def test_today_of_nobody_waiting_says_so(desk):
    assert desk.get("/desk/").context["lines"] == []


def test_today_of_a_new_host_leads_whoever_may_to_the_first_service(client, host, staff, reviewer):
    link = 'href="/desk/catalogue/new/"'
    shown = []
    for person in (staff, reviewer):
        client.force_login(person)
        shown.append(link in client.get("/desk/").content.decode())
    factories.service("site", "Site")
    client.force_login(staff)

    assert (*shown, link in client.get("/desk/").content.decode()) == (True, False, False)


def _missed_wave() -> Wave:
    service = factories.service("nuage", "Nuage", state="open", intake="waves")
    past = clock.now() - timedelta(days=2)
    return Wave.objects.create(
        service=service, names={"fr": "Vague manquée"}, criteria={"fr": "Tous"}, opens_at=past - timedelta(days=1), closes_at=past,
        capacity=3, order="date", state="planned",
    )  # fmt: skip


def test_today_shows_each_role_its_own_lines_however_many_wait_for_others(host):
    """Forty older requests wait for reviewers: whoever writes the waves still sees the wave that was missed."""
    editor = factories.host_person("Éditrice", "editrice@lescale.example", ["editor"])
    for number in range(40):
        asked(number)
    _missed_wave()
    assert [line.title for line in queries.today(editor).lines if line.verb == "waves"] == ["Vague manquée"]


def test_today_shows_a_notice_to_who_may_decide_it_only(host, trois_ponts, reviewer):
    support = factories.host_person("Soutien", "soutien@lescale.example", ["support"])
    space = factories.space(trois_ponts)
    Report.objects.create(
        space=space, address="https://x/", category="other", explanation="…", good_faith=True, received_at=clock.now()
    )
    assert [len(queries.today(person).lines) for person in (support, reviewer)] == [1, 0]


def test_history_of_the_host_is_latest_first_and_goes_back(desk, trois_ponts, alice):
    for number in range(25):
        history.record(
            what="space.opened",
            about=("space", f"s{number}", f"Site {number}"),
            organisation_id=trois_ponts.public_id,
            actor=alice,
            visible="organisation",
        )
    first = desk.get("/desk/history/")
    older = desk.get("/desk/history/", {"before": first.context["entries"].older})
    shown = [line.about_id for page in (first, older) for line in page.context["entries"].lines]
    assert shown == [f"s{number}" for number in reversed(range(25))]
    assert nodes(first) <= DESK_NODES


def test_history_asks_the_same_with_three_lines_as_with_one(desk, alice):
    def write(number: int) -> None:
        history.record(what="space.opened", about=("space", f"s{number}", "Site"), actor=alice, visible="host")

    write(0)
    one = questions(desk, "/desk/history/")
    write(1)
    write(2)
    assert questions(desk, "/desk/history/") == one


@pytest.mark.parametrize("before", ["x", "9" * 40, "2026-01-01", "<script>", "\x00", "a.b.c"])
def test_history_reads_any_cursor_without_falling(desk, before):
    assert desk.get("/desk/history/", {"before": before}).status_code in (200, 404)


def test_names_in_history_are_text(desk, trois_ponts):
    nasty = factories.person(NASTY, "x@people.example")
    history.record(
        what="space.opened",
        about=("space", "s1", NASTY),
        organisation_id=trois_ponts.public_id,
        actor=nasty,
        visible="organisation",
    )
    page = desk.get("/desk/history/").content.decode()
    assert ("<script>alert" in page, "&lt;script&gt;alert(1)&lt;/script&gt;" in page) == (False, True)


def test_all_my_data_is_one_file_with_every_app_that_holds_some(at_home, alice, trois_ponts):
    asked(1, person=alice, organisation=trois_ponts, email=alice.email)
    answer = at_home.get("/account/data/archipel.json")
    found = json.loads(answer.content)
    assert answer["Content-Disposition"] == f'attachment; filename="archipel-{clock.today():%Y-%m-%d}.json"'
    assert [
        alice.email in answer.content.decode(),
        trois_ponts.name in answer.content.decode(),
        "D-2026-0001" in answer.content.decode(),
    ] == [True] * 3
    assert {"identity", "organisations", "admissions", "spaces", "mailing"} <= found.keys()


def test_all_my_data_holds_nothing_of_others(at_home, alice, bob, charlie):
    answer = at_home.get("/account/data/archipel.json").content.decode()
    assert [secret in answer for secret in (charlie.email, bob.email, alice.password)] == [False] * 3


def test_forget_me_asks_for_the_address_and_keeps_what_was_typed(at_home, alice):
    answer = at_home.post("/account/data/", {"typed": "somebody@else.example"})
    assert ("somebody@else.example" in answer.content.decode(), Person.objects.get(pk=alice.pk).is_active) == (
        True,
        True,
    )


def test_last_referent_is_asked_for_a_successor_before_being_forgotten(at_home, alice):
    answer = at_home.post("/account/data/", {"typed": alice.email})
    assert "form" in answer.context
    assert (answer.context["form"].errors != {}, Person.objects.get(pk=alice.pk).email) == (True, alice.email)


def _everything_about(person: Person, where, name: str) -> None:
    space = factories.space(where)
    Hold.objects.create(
        space=space, kind="own_wish", effect="suspended", reason="Pause", placed_by=person, since=clock.now()
    )
    request = asked(1, person=person, organisation=where, email=person.email, person_name=name)
    thread = conversations.open_conversation(
        about=("request", request.public_id), subject="Demande", organisation=where
    )
    conversations.add_participant(conversation=thread, email=person.email, name=name, side="them", person=person)
    conversations.write(conversation=thread, side="them", body="Bonjour", author=person)
    history.record(
        what="space.opened",
        about=("space", space.public_id, "Site"),
        organisation_id=where.public_id,
        actor=person,
        visible="organisation",
    )


def _left_of(*words: str) -> set[str]:
    """Return the tables in which a word is still found."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            rows = repr(cursor.fetchall())
            found |= {f"{table}: {word}" for word in words if word in rows}
    return found


def test_forgotten_person_is_found_in_no_table_any_more(client, host, bob, trois_ponts):
    _everything_about(bob, trois_ponts, "Bob Leroy")
    drain()
    client.force_login(bob)
    answer = client.post("/account/data/", {"typed": bob.email.upper()})
    drain()
    assert answer.status_code == 200
    assert client.get("/home/").status_code == 302
    # The message that says that the request is withdrawn was on its way, which the page said.
    assert _left_of("Bob Leroy", bob.email) == {f"mailing_email: {bob.email}"}
    assert access.roles_held(Person.objects.get(pk=bob.pk)).by_organisation == {}


def test_person_merged_before_is_forgotten_under_both_names(client, host, staff, bob, charlie, trois_ponts):
    _everything_about(charlie, trois_ponts, "Charlie Petit")
    identity.merge_persons(kept=bob, absorbed=charlie, by=staff)
    drain()
    client.force_login(bob)
    assert client.post("/account/data/", {"typed": bob.email}).status_code == 200
    drain()
    left = _left_of("Bob Leroy", "Charlie Petit", "bob@trois-ponts.example", "charlie@elsewhere.example")
    assert left == {"mailing_email: charlie@elsewhere.example"}


def test_forgotten_page_says_what_is_kept_and_until_when(client, host, bob, trois_ponts):
    _everything_about(bob, trois_ponts, "Bob Leroy")
    client.force_login(bob)
    kept = client.post("/account/data/", {"typed": bob.email}).context["kept"]
    assert kept
    assert [sentence for sentence in kept if not any(sign.isdigit() for sign in sentence)] == []


@pytest.mark.parametrize(
    ("where", "led"),
    [
        ("https://evil.example/", "/home/"),
        ("//evil.example/", "/home/"),
        ("/\\evil.example", "/home/"),
        ("javascript:alert(1)", "/home/"),
        ("/services/", "/services/"),
    ],
)
def test_sign_in_leads_to_pages_of_the_portal_only(client, host, alice, where, led):
    answer = client.post(
        f"/account/login/?next={where}", {"login": alice.email, "password": factories.PASSPHRASE, "next": where}
    )
    assert (answer.status_code, answer["Location"]) == (302, led)


@pytest.mark.parametrize(
    "where", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)"]
)
def test_choosing_a_language_leads_to_pages_of_the_portal_only(client, host, where):
    answer = client.post("/language/", {"language": "en", "next": where}, headers={"Referer": "https://evil.example/"})
    assert answer["Location"] in ("/", "http://testserver/")
