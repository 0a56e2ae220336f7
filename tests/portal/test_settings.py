# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.host import queries
from archipel.host.models import Host, Parameter
from archipel.kernel import clock
from archipel.mailing.models import Email

PAGES = [
    "/desk/settings/", "/desk/settings/mail/", "/desk/settings/texts/fr/", "/desk/settings/parameters/membership_cents/",
    "/desk/settings/parameters/draft_days/",
]  # fmt: skip
HOST = {
    "name": "Le Mouillage", "contact_address": "bonjour@lescale.example", "portal_url": "https://portail.lescale.example", "languages": ["fr"],
    "sender_name": "Le Mouillage", "sender_address": "bonjour@lescale.example",
}  # fmt: skip


@pytest.fixture
def desk(client, staff):
    client.force_login(staff)
    return client


@pytest.mark.parametrize("page", PAGES)
def test_every_page_reads_well(desk, page):
    response = desk.get(page)

    assert (response.status_code, response.content.decode().count("<h1")) == (200, 1)


@pytest.mark.parametrize("page", PAGES)
def test_no_page_is_open_without_the_right(client, host, reviewer, page):
    visitor = client.get(page).status_code
    client.force_login(reviewer)

    assert (visitor, client.get(page).status_code, client.post(page).status_code) == (302, 404, 404)


def test_what_the_host_says_of_itself_is_changed(desk):
    assert desk.post("/desk/settings/", HOST).status_code == 302

    assert (Host.objects.get().name, Host.objects.get().languages) == ("Le Mouillage", ["fr"])


def test_an_error_keeps_what_was_typed(desk):
    response = desk.post("/desk/settings/", HOST | {"contact_address": "nobody"})

    assert (response.status_code, Host.objects.get().name) == (422, "L’Escale")
    assert 'value="Le Mouillage"' in response.content.decode()


def test_texts_are_previewed_then_saved(desk):
    preview = desk.post("/desk/settings/texts/en/", {"about-body": "We are **twelve**.", "preview": "1"})
    unsaved = queries.text("about/body", "en").body
    desk.post("/desk/settings/texts/en/", {"about-body": "We are **twelve**."})

    assert "<strong>twelve</strong>" in preview.content.decode()
    assert (unsaved, queries.text("about/body", "en").body) == ("", "We are **twelve**.")


def test_a_figure_changes_from_a_day_on(desk):
    desk.post("/desk/settings/parameters/draft_days/", {"value": "20", "since": clock.today().isoformat()})

    assert queries.parameter("draft_days") == 20


def test_the_membership_is_written_in_euros(desk):
    kinds = ("association", "collective", "union", "cooperative", "company", "public_body")
    typed = {kind: "35,50" for kind in kinds} | {"individual": "0", "since": clock.today().isoformat()}

    desk.post("/desk/settings/parameters/membership_cents/", typed)

    assert Parameter.objects.get(key="membership_cents").value == dict.fromkeys(kinds, 3550) | {"individual": 0}


@pytest.mark.parametrize(
    ("key", "typed"),
    [("draft_days", {"value": "0"}), ("draft_days", {"value": "x"}), ("membership_cents", {"association": "30"})],
)
def test_a_figure_that_cannot_be_is_refused(desk, key, typed):
    response = desk.post(f"/desk/settings/parameters/{key}/", typed | {"since": clock.today().isoformat()})

    assert (response.status_code, Parameter.objects.filter(key=key).count()) == (422, 0)


@pytest.mark.parametrize("path", ["/desk/settings/parameters/unknown/", "/desk/settings/texts/tlh/"])
def test_what_does_not_exist(desk, path):
    assert desk.get(path).status_code == 404


@pytest.mark.parametrize(
    ("server", "words"),
    [
        ("", "The test message is written, and waits: no server sends your mail yet."),
        ("smtp.example.org", "The test message is on its way. If nothing comes, look at the mails of the desk."),
    ],
)
def test_what_is_said_of_a_test_message_is_true(desk, settings, server, words):
    settings.MAIL_SERVER, settings.DEMONSTRATION = server, False

    desk.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    page = desk.post("/desk/settings/mail/", {"to": "yann@lescale.example"}, follow=True)

    assert [str(message) for message in page.context["messages"]] == [words]


def test_a_test_message_is_sent(desk):
    desk.post("/desk/settings/mail/", {"to": "yann@lescale.example"})

    assert Email.objects.get().name == "mailing/test"
