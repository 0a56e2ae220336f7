# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where a person is signed in: listed, named, ended; and the mail about a device that was not seen before."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from archipel.history.models import Entry
from archipel.identity import devices, operations, queries
from archipel.identity.models import KnownDevice, Session
from archipel.kernel import clock
from archipel.outbox.models import Job
from tests import factories
from tests.identity import asking
from tests.identity.factors import sign_in
from tests.identity.mailbox import letters_to
from tests.looking import LookingClient

pytestmark = pytest.mark.usefixtures("host")
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0"
EDGE = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36 Edg/141.0"
SAFARI = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1"
ANDROID = (
    "Mozilla/5.0 (Linux; Android 14; Pixel) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Mobile Safari/537.36"
)


def browser(agent=FIREFOX, address="203.0.113.7"):
    return LookingClient(HTTP_USER_AGENT=agent, REMOTE_ADDR=address)


@pytest.mark.parametrize(
    ("user_agent", "words"),
    [
        (FIREFOX, "Firefox sur Linux"),
        (EDGE, "Edge sur Windows"),
        (SAFARI, "Safari sur iPhone"),
        (ANDROID, "Chrome sur Android"),
        ("curl/8.5", "Un navigateur qui ne dit pas son nom"),
        ("", "Un navigateur qui ne dit pas son nom"),
    ],
)
def test_browsers_are_named_in_plain_words(user_agent, words):
    assert devices.words_of(devices.agent_of(user_agent)) == words


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.0.0/16"),
        ("2001:db8:1:2::3", "2001:db8::/32"),
        ("::ffff:203.0.113.7", "203.0.0.0/16"),
        ("unix", ""),
    ],
)
def test_networks_are_what_a_provider_hands_out(address, network):
    assert devices.network_of(address) == network


def test_sessions_are_listed_with_the_present_one_first(alice):
    here, there = browser(), browser(EDGE)
    for one in (here, there):
        sign_in(one, alice)

    lines = here.get(reverse("account-sessions")).context["lines"]

    assert [(line.words, line.is_here) for line in lines] == [("Firefox sur Linux", True), ("Edge sur Windows", False)]


def test_session_of_another_browser_is_ended_at_once(alice, bob):
    here, there, elsewhere = browser(), browser(EDGE), browser()
    sign_in(here, alice)
    sign_in(there, alice)
    sign_in(elsewhere, bob)
    theirs = queries.sessions_of(alice, here.session.session_key)[1].session
    foreign = queries.sessions_of(bob, None)[0].session

    answers = [here.post(reverse("account-session-end", args=[row.public_id])).status_code for row in (theirs, foreign)]

    still = [one.get(reverse("account-profile")).status_code for one in (here, there, elsewhere)]
    assert (answers, still) == ([302, 404], [200, 302, 200])
    assert Entry.objects.filter(what="identity.session_ended", actor_id=alice.public_id).count() == 1


def test_all_other_sessions_are_ended_together(alice):
    here, others = browser(), [browser(EDGE), browser(SAFARI)]
    for one in (here, *others):
        sign_in(one, alice)

    here.post(reverse("account-sessions-end"))

    assert [one.get(reverse("account-profile")).status_code for one in (here, *others)] == [200, 302, 302]


@pytest.fixture
def entered(alice):
    """Three browsers of Alice, each with the tokens of the application she entered from it; the last is closed by now."""
    cloud = asking.registered(backchannel_logout_uri="https://nuage.example/backchannel")
    asking.let_in(cloud[0], alice)
    browsers = [browser(), browser(EDGE), browser(SAFARI)]
    given = []
    for one in browsers:
        sign_in(one, alice)
        given.append(asking.tokens(one, *cloud)["access_token"])
    Session.objects.filter(pk=browsers[2].session.session_key).delete()

    def works() -> list[bool]:
        return [asking.userinfo(browser(), token).status_code == 200 for token in given]

    return browsers, works


def test_application_entered_from_a_session_ends_with_it(entered, alice):
    (here, _there, _closed), works = entered
    theirs = next(line for line in queries.sessions_of(alice, here.session.session_key) if not line.is_here)

    here.post(reverse("account-session-end", args=[theirs.session.public_id]))

    assert works() == [True, False, True]
    assert Job.objects.filter(name="archipel.identity.tasks.tell_signed_out").count() == 1


def test_application_entered_from_anywhere_else_ends_with_all_other_sessions(entered):
    (here, _there, _closed), works = entered

    here.post(reverse("account-sessions-end"))

    assert works() == [True, False, False]


def test_application_entered_with_a_lost_second_factor_ends_with_its_reset(entered, alice, staff):
    _browsers, works = entered

    operations.remove_second_factors(person=alice, by=staff)

    assert works() == [False, False, False]


def test_new_passphrase_ends_other_sessions_and_keeps_this_one(alice):
    here, there = browser(), browser(EDGE)
    for one in (here, there):
        sign_in(one, alice)
    typed = {"oldpassword": factories.PASSPHRASE, "password1": "une lampe sous trois escaliers"}

    here.post(reverse("account_change_password"), typed)

    lines = queries.sessions_of(alice, here.session.session_key)
    assert [(line.words, line.is_here) for line in lines] == [("Firefox sur Linux", True)]
    assert [one.get(reverse("account-profile")).status_code for one in (here, there)] == [200, 302]


def test_address_is_not_kept_with_a_session(alice):
    one = browser()
    sign_in(one, alice)

    row = Session.objects.get(person=alice)
    written = f"{row.get_decoded()}{row.__dict__}{list(KnownDevice.objects.values())}"
    assert "203.0" not in written


def test_use_is_noted_once_an_hour(alice):
    one = browser()
    with time_machine.travel(clock.now(), tick=False) as travel:
        sign_in(one, alice)
        began = Session.objects.get(person=alice).seen_at
        travel.shift(timedelta(minutes=59))
        one.get(reverse("account-profile"))
        within = Session.objects.get(person=alice).seen_at
        travel.shift(timedelta(minutes=2))
        one.get(reverse("account-profile"))
        after = Session.objects.get(person=alice).seen_at

    assert (within, after) == (began, began + timedelta(minutes=61))


def test_visitor_without_a_session_gets_none(client):
    answer = client.get("/services/")

    assert (Session.objects.count(), "session" in answer.cookies) == (0, False)


@pytest.mark.parametrize("rows", [1, 3])
def test_page_asks_the_same_number_of_queries(alice, rows, django_assert_num_queries):
    here = browser()
    for one in [here, *(browser(EDGE) for _ in range(rows - 1))]:
        sign_in(one, alice)
    here.get(reverse("account-sessions"))

    with django_assert_num_queries(4):
        page = here.get(reverse("account-sessions"))

    assert len(page.context["lines"]) == rows


def test_first_sign_in_of_all_is_not_told(alice):
    sign_in(browser(), alice)

    assert (letters_to(alice.email), KnownDevice.objects.count()) == ([], 1)


@pytest.mark.parametrize(
    ("agent", "address", "told"),
    [
        (FIREFOX, "203.0.113.7", False),
        (FIREFOX, "203.0.200.9", False),
        (EDGE, "203.0.113.7", True),
        (FIREFOX, "198.51.100.1", True),
    ],
)
def test_sign_in_from_a_new_device_is_told_once(alice, agent, address, told):
    sign_in(browser(), alice)
    for _ in range(2):
        sign_in(browser(agent, address), alice)

    assert [letter.name for letter in letters_to(alice.email)] == ["identity/new_device"] * told


def test_mail_about_a_new_device_says_what_to_do(alice):
    sign_in(browser(), alice)
    sign_in(browser(SAFARI, "198.51.100.1"), alice)

    letter = letters_to(alice.email)[0]
    assert letter.subject == "Un nouvel appareil est entré dans votre compte"
    assert "Safari sur iPhone, depuis l’adresse 198.51.100.1." in letter.body
    links = ["http://testserver/account/password/reset/", "http://testserver/account/sessions/"]
    assert [link in letter.body for link in links] == [True, True]


def test_device_of_one_person_says_nothing_about_another(alice, bob):
    digests = [devices.device_digest(person.pk, "firefox/linux", "203.0.113.7") for person in (alice, bob)]

    assert digests[0] != digests[1]


def test_device_that_slept_for_a_year_is_new_again(alice):
    operations.note_device(person=alice, agent="firefox/linux", address="203.0.113.7")
    operations.note_device(person=alice, agent="edge/windows", address="203.0.113.7")
    KnownDevice.objects.filter(agent="firefox/linux").update(last_at=clock.now() - timedelta(days=366))

    assert operations.note_device(person=alice, agent="firefox/linux", address="203.0.113.7") is True
    assert KnownDevice.objects.count() == 2


def test_passphrase_turned_into_a_token_elsewhere_is_told(alice):
    sign_in(browser(), alice)
    operations.sign_in_for_token(
        email=alice.email, passphrase=factories.PASSPHRASE, name="x", scopes=["me:read"], address="198.51.100.1"
    )

    words = " ".join(letters_to(alice.email)[0].body.split())
    assert "Un programme, par un jeton, depuis l’adresse 198.51.100.1." in words


def test_sessions_that_are_over_are_deleted(alice, client):
    client.force_login(alice)
    past = clock.now() - timedelta(days=1)
    old = Session.objects.create(session_key="old", public_id="old", session_data="", expire_date=past, person=alice)
    KnownDevice.objects.create(
        person=alice, agent="/", digest="x", first_at=past, last_at=clock.now() - timedelta(days=400)
    )

    assert operations.purge_sessions() == 1
    assert (Session.objects.filter(pk=old.pk).exists(), KnownDevice.objects.count()) == (False, 0)
    assert client.get(reverse("account-profile")).status_code == 200
