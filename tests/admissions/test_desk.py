# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from archipel.admissions import operations, queries
from archipel.admissions.models import PeerHost, Request, Wave
from archipel.admissions.web.public import table
from archipel.catalogue.models import Service
from archipel.kernel import clock
from tests import factories
from tests.admissions.pages import nodes, text_of
from tests.admissions.saying import counted, said

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client, reviewer):
    client.force_login(reviewer)
    return client


def page_url(request: Request) -> str:
    return f"/desk/requests/{request.public_id}/"


def test_the_page_shows_everything_declared_and_the_checks(desk, received):
    page = text_of(desk.get(page_url(received)))

    expected = (
        "Les Jardins du Ponant",
        "denise@jardinsduponant.example",
        "Deux jardins et une petite serre.",
        "5 Go",
        "jardins-du-ponant.pages.example",
        said("%(level)s: %(price)s a year", level=said("Full", "price level"), price="60 €"),
        said("Address free"),
        said("Request received"),
    )
    assert [words for words in expected if words not in page] == []
    assert nodes(desk.get(page_url(received))) <= 900


def test_what_would_be_paid_is_added_up(desk, received):
    words = f"<strong>{said('In all')}{said(':', 'before a price')} 90 €</strong>"

    assert words in text_of(desk.get(page_url(received)))


def test_capacity_of_a_service_is_shown(desk, received):
    assert said("No limit set", "check") in text_of(desk.get(page_url(received)))
    Service.objects.update(places=3)
    factories.space(factories.organisation(), service=received.service)

    assert counted("%(count)d place left", "%(count)d places left", 2) in text_of(desk.get(page_url(received)))


def test_what_was_promised_to_others_is_no_place_left(desk, site, received, reviewer):
    Service.objects.update(places=1)
    other = factories.received(site, wished_address="autre", organisation_name="Un autre nom")
    operations.decide(request=other, decision="accept", by=reviewer, version=0)

    assert counted("%(count)d place left", "%(count)d places left", 0) in text_of(desk.get(page_url(received)))
    assert counted("%(count)d place left", "%(count)d places left", 1) in text_of(desk.get(page_url(other)))


def test_other_requests_of_the_same_people_are_shown(desk, site, received):
    other = factories.received(site, wished_address="autre", organisation_name="Un autre nom")

    assert other.reference in text_of(desk.get(page_url(received)))


def test_a_decision_leaves_with_its_words(desk, received):
    answer = desk.post(page_url(received) + "decision/", {"decision": "waiting", "version": "0", "words": "Patience."})

    received.refresh_from_db()
    assert (answer.status_code, received.state, received.decision_words) == (302, "waiting", "Patience.")


def test_second_reviewer_reads_who_decided_and_keeps_what_they_typed(desk, received, staff):
    operations.decide(request=received, decision="ask", by=staff, version=0, words="Combien ?")

    typed = {"decision": "accept", "version": "0", "words": "Bienvenue à vous !"}
    answer = desk.post(page_url(received) + "decision/", typed)

    page = text_of(answer)
    assert answer.status_code == 409
    assert (
        "Staff Morvan" in page,
        said("Question asked", "state of a request") in page,
        "Bienvenue à vous !" in page,
    ) == (True, True, True)
    received.refresh_from_db()
    assert (received.state, received.version) == ("question", 1)


def test_second_reviewer_reads_it_even_with_an_incomplete_form(desk, received, staff):
    operations.decide(request=received, decision="waiting", by=staff, version=0)

    answer = desk.post(page_url(received) + "decision/", {"version": "0", "words": "Mes mots"})

    assert answer.status_code == 409
    assert "Mes mots" in text_of(answer)


def test_deciding_again_from_the_page_just_read_works(desk, received, staff):
    operations.decide(request=received, decision="waiting", by=staff, version=0)

    answer = desk.post(page_url(received) + "decision/", {"decision": "accept", "version": "1"})

    received.refresh_from_db()
    assert (answer.status_code, received.state) == (302, "accepted")


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"decision": "ask"}, "words"), ({"decision": "decline"}, "reason"), ({"decision": ""}, "decision")],
)
def test_what_a_decision_lacks_is_said_at_its_field(desk, received, typed, field):
    answer = desk.post(page_url(received) + "decision/", {"version": "0", **typed})

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    text_of(answer)


def test_redirecting_is_not_even_proposed_without_consent(desk, received):
    assert 'value="redirect"' not in text_of(desk.get(page_url(received)))


def test_the_same_number_asks_a_human(desk, site, trois_ponts):
    trois_ponts.rna = "W294001234"
    trois_ponts.save()
    asked = factories.received(site, rna="W294001234")

    assert said("The same organisation?") in text_of(desk.get(page_url(asked)))
    answer = desk.post(page_url(asked) + "attach/")
    asked.refresh_from_db()
    assert (answer.status_code, asked.organisation) == (302, trois_ponts)


def test_small_acts_that_do_not_exist_are_not_found(desk, received):
    assert desk.post(page_url(received) + "burn/").status_code == 404


def test_correcting_a_decision_from_the_page(desk, received, reviewer):
    operations.decide(request=received, decision="accept", by=reviewer, version=0)
    text_of(desk.get(page_url(received)))

    desk.post(page_url(received) + "reopen/", {"version": "1", "words": "Une erreur de notre part."})

    received.refresh_from_db()
    assert received.state == "in_review"


def test_changing_the_address_says_what_is_wrong(desk, received):
    answer = desk.post(page_url(received) + "address/", {"wished_address": "www"}, follow=True)

    assert said("This name is kept for technical use. Please choose another one.") in text_of(answer)


@pytest.mark.parametrize(
    "show", ["to_decide", "question", "waiting", "accepted", "opening", "open", "declined", "all", "odd"]
)
def test_every_filter_shows_its_list(desk, received, show):
    page = text_of(desk.get(f"/desk/requests/?show={show}"))

    assert 'aria-current="true"' in page


def test_list_is_oldest_first_by_twenty(desk, site):
    now = clock.now()
    rows = [factories.bare_request(site, number, submitted_at=now - timedelta(hours=number)) for number in range(1, 23)]

    first = desk.get("/desk/requests/").context["page_obj"]
    second = desk.get("/desk/requests/?page=2").context["page_obj"]

    assert [line.public_id for line in first.object_list] == [row.public_id for row in reversed(rows[2:])]
    assert [line.public_id for line in second.object_list] == [rows[1].public_id, rows[0].public_id]


def test_list_is_filtered_by_service_and_wave(desk, site, cloud, wave):
    mine = factories.bare_request(site, 1)
    other = factories.bare_request(cloud, 2, wave=wave)

    by_service = desk.get("/desk/requests/?service=site").context["page_obj"].object_list
    by_wave = desk.get(f"/desk/requests/?wave={wave.public_id}").context["page_obj"].object_list

    assert [line.public_id for line in by_service] == [mine.public_id]
    assert [line.public_id for line in by_wave] == [other.public_id]


def test_a_closed_wave_is_listed_in_its_order(desk, cloud, wave):
    rows = [factories.bare_request(cloud, number, wave=wave) for number in range(1, 6)]
    operations.close_wave(wave=wave)

    listed = desk.get(f"/desk/requests/?wave={wave.public_id}").context["page_obj"].object_list

    assert [line.rank for line in listed] == list(range(1, len(rows) + 1))


def test_several_ticked_receive_the_same_answer(desk, site):
    rows = [factories.bare_request(site, number) for number in range(1, 4)]

    chosen = [f"{row.public_id}:0" for row in rows[:2]]
    answer = desk.post(
        "/desk/requests/many/", {"chosen": chosen, "decision": "decline", "reason": "no_room", "words": "Désolés."}
    )

    assert answer.status_code == 302
    assert list(Request.objects.order_by("pk").values_list("state", flat=True)) == ["declined", "declined", "submitted"]


def test_several_at_once_says_which_were_decided_by_somebody_else(desk, site, staff):
    rows = [factories.bare_request(site, number) for number in range(1, 3)]
    operations.decide(request=rows[0], decision="waiting", by=staff, version=0)

    chosen = [f"{row.public_id}:0" for row in rows]
    answer = desk.post("/desk/requests/many/", {"chosen": chosen, "decision": "waiting"})

    page = text_of(answer)
    assert (answer.status_code, "Staff Morvan" in page, rows[0].reference in page) == (409, True, True)


def test_an_answer_to_complete_keeps_the_ticks(desk, site):
    rows = [factories.bare_request(site, number) for number in range(1, 4)]

    marks = [f"{row.public_id}:0" for row in rows]
    answer = desk.post("/desk/requests/many/", {"chosen": marks[:2], "decision": "decline", "words": "Désolés."})

    page = text_of(answer)
    ticked = [
        f'value="{mark}" aria-label="{row.reference}" checked>' in page for mark, row in zip(marks, rows, strict=True)
    ]
    assert (answer.status_code, ticked) == (422, [True, True, False])
    assert ("id_reason_error" in page, "Désolés." in page) == (True, True)


def test_a_tick_on_what_somebody_else_decided_is_not_kept(desk, site, staff):
    asked = factories.bare_request(site, 1)
    operations.decide(request=asked, decision="waiting", by=staff, version=0)

    answer = desk.post("/desk/requests/many/?show=all", {"chosen": [f"{asked.public_id}:0"], "decision": "accept"})

    assert (answer.status_code, " checked" in text_of(answer)) == (409, False)


def test_nothing_ticked_says_so(desk, received):
    answer = desk.post("/desk/requests/many/", {"decision": "waiting"})

    assert answer.status_code == 422
    assert said("Tick at least one request.") in text_of(answer)


def test_list_can_be_taken_away(desk, site, received):
    factories.bare_request(site, 700, organisation_name="=1+1")

    rows = desk.get("/desk/requests/requests.csv").content.decode().splitlines()

    assert rows[0].startswith(said("Reference"))
    assert "'=1+1" in rows[2]


@pytest.mark.parametrize("sign", ["=", "+", "-", "@", "\t", "\r"])
def test_cell_that_begins_like_a_formula_is_made_harmless(sign):
    answer = table("peers.csv", [(f"{sign}1+1", "plain")]).content.decode()

    assert answer.replace('"', "").startswith(f"'{sign}1+1")


def test_list_and_page_cost_the_same_with_one_and_with_three_rows(desk, site, received):
    counts = []
    for number in (1, 2, 3):
        with CaptureQueriesContext(connection) as captured:
            desk.get("/desk/requests/")
            queries.today_lines()
        counts.append(len(captured))
        factories.received(
            site, email=f"a{number}@example.org", organisation_name=f"O{number}", wished_address=f"adresse-{number}"
        )

    assert len(set(counts)) == 1


@pytest.mark.parametrize("url", ["/desk/waves/", "/desk/peers/", "/desk/requests/"])
def test_lists_cost_the_same_with_one_and_with_three_rows(client, staff, site, cloud, url):
    client.force_login(staff)
    counts = []
    for number in (1, 2, 3):
        now = clock.now()
        wave = operations.plan_wave(
            service=cloud, names={"fr": f"V{number}"}, criteria={}, opens_at=now, closes_at=now + timedelta(days=1), capacity=1,
            order="date",
        )  # fmt: skip
        factories.bare_request(site, number, wave=wave)
        operations.add_peer(name=f"P{number}", url="https://p.example/", address="p@p.example")
        with CaptureQueriesContext(connection) as captured:
            client.get(url)
        counts.append(len(captured))

    assert len(set(counts)) == 1


def test_waves_are_planned_in_the_hosts_zone(client, staff, cloud):
    client.force_login(staff)
    year = clock.today().year + 1
    typed = {
        "service": "nuage", "opens_on": f"{year}-07-01", "opens_at": "09:00", "closes_on": f"{year}-07-31", "closes_at": "18:30",
        "capacity": "12", "order": "lot", "name_fr": "Vague d’été", "name_en": "", "criteria_fr": "Tout le monde.", "criteria_en": "",
    }  # fmt: skip

    answer = client.post("/desk/waves/", typed)

    wave = Wave.objects.get()
    assert answer.url == f"/desk/waves/{wave.public_id}/"
    assert (wave.opens_at.hour, wave.closes_at.hour, wave.closes_at.minute) == (7, 16, 30)
    assert [text_of(client.get(url))[:15] for url in (answer.url, "/desk/waves/")] == ["<!doctype html>"] * 2


def test_waves_in_disorder_keep_what_was_typed(client, staff, cloud):
    client.force_login(staff)
    typed = {
        "service": "nuage", "opens_on": "2030-07-01", "opens_at": "09:00", "closes_on": "2030-06-01", "closes_at": "18:30",
        "capacity": "12", "order": "lot", "name_fr": "Vague d’été", "name_en": "", "criteria_fr": "", "criteria_en": "",
    }  # fmt: skip

    answer = client.post("/desk/waves/", typed)

    assert (answer.status_code, list(answer.context["form"].errors)) == (422, ["closes_on"])
    assert "Vague d’été" in text_of(answer)


def test_an_open_wave_changes_its_places_only(client, staff, wave):
    client.force_login(staff)
    url = f"/desk/waves/{wave.public_id}/"
    assert list(client.get(url).context["form"].fields) == ["capacity"]

    client.post(url, {"capacity": "9", "order": "date", "name_fr": "Autre"})

    wave.refresh_from_db()
    assert (wave.capacity, wave.order, wave.names["fr"]) == (9, "lot", "Vague d’automne")


def test_a_planned_wave_changes_everything(client, staff, planned):
    client.force_login(staff)
    url = f"/desk/waves/{planned.public_id}/"
    form = client.get(url).context["form"]
    typed = {name: form[name].value() for name in form.fields}
    typed |= {name: f"{typed[name]:%H:%M}" for name in ("opens_at", "closes_at")}

    assert client.post(url, typed | {"order": "date", "name_fr": "Autre", "capacity": "3"}).status_code == 302

    before = (planned.opens_at, planned.closes_at)
    planned.refresh_from_db()
    assert (planned.order, planned.names["fr"], planned.capacity) == ("date", "Autre", 3)
    assert (planned.opens_at, planned.closes_at) == before


def test_waves_are_opened_closed_and_cancelled_by_hand(client, staff, planned):
    client.force_login(staff)
    url = f"/desk/waves/{planned.public_id}/"
    states = []
    for act in ("open", "open", "close", "cancel"):
        text_of(client.post(f"{url}{act}/", follow=True))
        planned.refresh_from_db()
        states.append(planned.state)

    assert states == ["open", "open", "closed", "closed"]


def test_peers_are_added_and_set_aside(desk):
    typed = {
        "name": "Le Goulet",
        "url": "https://legoulet.example/",
        "address": "bonjour@legoulet.example",
        "offers": "nuage",
    }
    assert desk.post("/desk/peers/", typed | {"url": "javascript:alert(1)"}).status_code == 422
    desk.post("/desk/peers/", typed)
    peer = PeerHost.objects.get()
    text_of(desk.get("/desk/peers/"))
    text_of(desk.get(f"/desk/peers/{peer.public_id}/"))

    desk.post(f"/desk/peers/{peer.public_id}/", typed)

    peer.refresh_from_db()
    assert peer.active is False


def test_today_has_one_line_for_a_new_request_and_calls_it_late_after_two_weeks(received):
    assert [(line.kind, line.badge, line.tone, line.verb) for line in queries.today_lines()] == [
        ("request", said("New request", "badge"), "", "decide")
    ]
    with time_machine.travel(clock.now() + timedelta(days=15), tick=False):
        assert [(line.badge, line.tone) for line in queries.today_lines()] == [(said("Late", "badge"), "care")]
