# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages on applications and second factors, as those use them who enter, decide, give, call and cancel."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import translation

from archipel.history import queries as history
from archipel.identity.models import Entry
from archipel.kernel import clock
from archipel.organisations import applications, operations, queries, resets
from archipel.organisations.models import Access, Membership, SecondFactorReset
from tests import factories
from tests.identity.mailbox import letters_to

pytestmark = pytest.mark.usefixtures("host")
NOTE = "Appelée au 02 00 00 00 01, numéro connu depuis 2019."


@pytest.fixture
def access(trois_ponts):
    client = factories.client("Nuage", home_url="https://nuage.example/")
    return operations.open_application(
        organisation=trois_ponts, client=client, known_roles=["reader", "admin"], by=None
    )


@pytest.fixture
def second(trois_ponts):
    person = factories.person(name="Denise Ba", email="denise@trois-ponts.example")
    factories.role(trois_ponts, person, "referent")
    return person


@pytest.fixture
def asked(trois_ponts, alice, bob):
    return operations.ask_reset(organisation=trois_ponts, person=bob, by=alice)


def entries():
    rows = Entry.objects.select_related("person").order_by("person__name")
    return [(row.person.name, row.roles) for row in rows]


def words(answer):
    """The text of a page, spaces made plain."""
    bare = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return " ".join(bare.replace("\u00a0", " ").replace("\u202f", " ").split())


def test_referent_says_which_roles_enter(client, trois_ponts, access, alice):
    client.force_login(alice)
    url = reverse("organisation-application", args=[trois_ponts.public_id, access.public_id])

    answer = client.post(url, {"referent": "admin", "treasurer": "=none", "member": "=none"})

    assert (answer.status_code, entries()) == (302, [("Alice Martin", ["admin"])])
    page = words(client.get(url))
    assert "Alice Martin Référent·e admin" in page
    assert "Bob Leroy Membre n’entre pas" in page


def test_page_refuses_a_word_the_application_does_not_know(client, trois_ponts, access, alice):
    client.force_login(alice)

    typed = {"referent": "admin", "treasurer": "=none", "member": "king"}
    answer = client.post(reverse("organisation-application", args=[trois_ponts.public_id, access.public_id]), typed)

    assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["member"])


def test_member_sees_who_enters_and_changes_nothing(client, trois_ponts, access, bob):
    client.force_login(bob)
    url = reverse("organisation-application", args=[trois_ponts.public_id, access.public_id])

    page, answer = client.get(url), client.post(url, {"referent": "", "member": "admin"})

    assert (answer.status_code, entries()) == (403, [("Alice Martin", ["reader"]), ("Bob Leroy", ["reader"])])
    assert "<select" not in page.content.decode()


def test_referent_sets_one_person_apart(client, trois_ponts, access, alice, bob):
    client.force_login(alice)
    url = reverse("organisation-personal-access", args=[trois_ponts.public_id, bob.public_id, access.public_id])
    member = reverse("organisation-member", args=[trois_ponts.public_id, bob.public_id])
    found = []
    for word in ("admin", "=none", "=usual", "king"):
        answer = client.post(url, {"role": word})
        assert answer["Location"] == member
        found.append(dict(entries()).get("Bob Leroy"))

    assert found == [["admin"], None, ["reader"], ["reader"]]
    assert "Choisissez un des rôles que l’application connaît." in words(client.get(member))


def test_application_of_another_organisation_is_not_set_through_ones_own(client, access, alice, charlie):
    other = factories.organisation("Le Lavoir", referent=charlie)
    client.force_login(charlie)

    answers = [
        client.post(
            reverse("organisation-personal-access", args=[other.public_id, charlie.public_id, access.public_id])
        ),
        client.post(reverse("organisation-application", args=[other.public_id, access.public_id])),
        client.get(reverse("organisation-application", args=[other.public_id, access.public_id])),
    ]

    assert [answer.status_code for answer in answers] == [404, 404, 404]


def test_person_of_another_organisation_is_not_set(client, trois_ponts, access, alice, charlie):
    client.force_login(alice)

    answer = client.post(
        reverse("organisation-personal-access", args=[trois_ponts.public_id, charlie.public_id, access.public_id]),
        {"role": "admin"},
    )

    assert (answer.status_code, dict(entries()).get("Charlie Petit")) == (404, None)


def test_session_lasts_nowhere_where_the_application_can_be_told(access):
    told = factories.client("Forge", backchannel_logout_uri="https://forge.example/out")
    slow = factories.client("Agenda", session_minutes=90)

    with translation.override("fr"):
        stays = [applications.stay_in(client) for client in (access.client, slow, told)]
    assert stays == ["aussi longtemps que l’application la garde", "jusqu’à 90 minutes", ""]


def test_removal_says_where_a_session_may_last(client, trois_ponts, access, alice, bob):
    told = factories.client("Forge", backchannel_logout_uri="https://forge.example/out")
    operations.open_application(organisation=trois_ponts, client=told, by=None)
    client.force_login(alice)

    before = client.get(reverse("organisation-member", args=[trois_ponts.public_id, bob.public_id]))
    after = client.post(reverse("organisation-remove", args=[trois_ponts.public_id, bob.public_id]), follow=True)

    assert "Nuage : aussi longtemps que" in words(before) and "Forge :" not in words(before)
    assert (
        "Une session déjà ouverte peut y durer un peu : Nuage (aussi longtemps que l’application la garde)."
        in words(after)
    )


def test_removal_says_nothing_of_what_is_entered_otherwise(client, trois_ponts, access, alice, bob):
    other = factories.organisation("Le Lavoir", members=[bob])
    operations.open_application(organisation=other, client=access.client, by=None)
    client.force_login(alice)

    after = client.post(reverse("organisation-remove", args=[trois_ponts.public_id, bob.public_id]), follow=True)

    assert "Une session déjà ouverte" not in words(after)


def test_people_of_an_application_are_shown_by_twenty(client, trois_ponts, access, alice):
    for number in range(25):
        person = factories.person(f"Personne {number:02d}", f"p{number}@example.org")
        operations.give_role(organisation=trois_ponts, person=person, role="member")
    client.force_login(alice)
    url = reverse("organisation-application", args=[trois_ponts.public_id, access.public_id])

    pages = [client.get(url, {"page": page}).context["page"].object_list for page in (1, 2, "x")]

    assert [len(page) for page in pages] == [20, 7, 20]


def test_desk_gives_an_application_and_takes_it_back(client, trois_ponts, staff):
    cloud = factories.client("Nuage")
    client.force_login(staff)
    url = reverse("desk-organisation-applications", args=[trois_ponts.public_id])

    given = client.post(url, {"client": cloud.public_id, "known_roles": "reader, editor"})
    after_giving = entries()
    access = Access.objects.get()
    taken = client.post(
        reverse("desk-organisation-application-close", args=[trois_ponts.public_id, access.public_id]), follow=True
    )

    assert (given.status_code, after_giving) == (302, [("Alice Martin", ["reader"]), ("Bob Leroy", ["reader"])])
    assert (access.known_roles, entries()) == (["reader", "editor"], [])
    assert "Nuage (aussi longtemps que l’application la garde)" in words(taken)
    lines = [line.sentence for line in history.of_organisation(trois_ponts.public_id).lines]
    assert lines == [
        "Staff Morvan a repris Nuage\u00a0: plus personne de l’organisation n’y entre",
        "Staff Morvan a ouvert Nuage à l’organisation",
    ]


def test_desk_refuses_words_at_their_field_and_keeps_what_was_typed(client, trois_ponts, staff):
    cloud = factories.client("Nuage")
    client.force_login(staff)
    url = reverse("desk-organisation-applications", args=[trois_ponts.public_id])

    answer = client.post(url, {"client": cloud.public_id, "known_roles": "=cmd"})

    assert list(answer.context["form"].errors) == ["known_roles"]
    assert 'value="=cmd"' in answer.content.decode()


def test_desk_finds_applications_by_name(client, trois_ponts, staff):
    for name in ("Nuage", "Forge"):
        factories.client(name)
    client.force_login(staff)

    page = client.get(reverse("desk-organisation-applications", args=[trois_ponts.public_id]), {"q": "for"})

    assert [found.name for found in page.context["clients"]] == ["Forge"]


def test_support_and_editors_give_no_application(client, trois_ponts):
    cloud = factories.client("Nuage")
    for role in ("support", "editor", "host_treasurer"):
        client.force_login(factories.host_person(role, f"{role}@lescale.example", [role]))
        url = reverse("desk-organisation-applications", args=[trois_ponts.public_id])
        assert client.post(url, {"client": cloud.public_id}).status_code == 404

    assert Access.objects.count() == 0


def test_referent_asks_and_a_second_one_confirms(client, trois_ponts, alice, bob, second):
    client.force_login(alice)
    client.post(reverse("organisation-reset-ask", args=[trois_ponts.public_id, bob.public_id]))
    reset = SecondFactorReset.objects.get()
    url = reverse("organisation-reset", args=[trois_ponts.public_id, reset.public_id])
    own = client.get(url)
    client.force_login(second)
    home = client.get(reverse("home"))

    answer = client.post(url, {"act": "confirm"})

    reset.refresh_from_db()
    assert "Réinitialiser" not in words(own) and "Retirer cette demande" in words(own)
    assert f'href="{url}"' in home.content.decode()
    assert (answer.status_code, reset.state, reset.confirmed_by) == (302, "done", second)


def test_who_asked_cannot_confirm_by_the_page(client, trois_ponts, alice, asked, second):
    client.force_login(alice)

    answer = client.post(
        reverse("organisation-reset", args=[trois_ponts.public_id, asked.public_id]), {"act": "confirm"}
    )

    asked.refresh_from_db()
    assert "La demande vient de vous" in words(answer)
    assert asked.state == "asked"


def test_second_referent_refuses_by_the_page(client, trois_ponts, asked, second):
    client.force_login(second)

    client.post(reverse("organisation-reset", args=[trois_ponts.public_id, asked.public_id]), {"act": "refuse"})

    asked.refresh_from_db()
    assert asked.state == "refused"


def test_member_neither_asks_nor_reads(client, trois_ponts, alice, bob, asked):
    client.force_login(bob)

    statuses = [
        client.post(reverse("organisation-reset-ask", args=[trois_ponts.public_id, alice.public_id])).status_code,
        client.get(reverse("organisation-reset", args=[trois_ponts.public_id, asked.public_id])).status_code,
        client.post(reverse("organisation-reset", args=[trois_ponts.public_id, asked.public_id])).status_code,
    ]

    assert (statuses, SecondFactorReset.objects.count()) == ([403, 403, 403], 1)


def test_host_calls_then_announces(client, asked, staff, bob):
    client.force_login(staff)
    today = client.get(reverse("desk-today"))
    url = reverse("desk-reset", args=[asked.public_id])

    silent = client.post(url, {"call_note": "oui"})
    answer = client.post(url, {"call_note": NOTE})

    asked.refresh_from_db()
    assert f'href="{url}"' in today.content.decode()
    assert list(silent.context["form"].errors) == ["call_note"]
    assert (answer.status_code, asked.state, asked.call_note) == (302, "announced", NOTE)
    assert NOTE in words(client.get(url))


def test_note_of_the_call_stays_with_the_host(client, trois_ponts, asked, staff, alice):
    operations.announce_reset(reset=asked, by=staff, call_note=NOTE)
    client.force_login(alice)

    pages = [
        client.get(reverse("organisation-reset", args=[trois_ponts.public_id, asked.public_id])),
        client.get(reverse("organisation-history", args=[trois_ponts.public_id])),
    ]

    assert [NOTE in words(page) for page in pages] == [False, False]


def test_host_refuses_by_the_page(client, asked, staff):
    client.force_login(staff)

    client.post(reverse("desk-reset", args=[asked.public_id]), {"act": "refuse"})

    asked.refresh_from_db()
    assert asked.state == "refused"


def test_host_begins_for_an_only_referent_and_for_nobody_else(client, trois_ponts, alice, bob, staff):
    client.force_login(staff)
    urls = [reverse("desk-reset-begin", args=[trois_ponts.public_id, who.public_id]) for who in (alice, bob)]
    member = words(client.get(reverse("organisation-member", args=[trois_ponts.public_id, alice.public_id])))

    answers = [client.post(url, {"call_note": NOTE}) for url in urls]

    assert "vous pouvez annoncer vous-même la réinitialisation" in member
    assert [answer.status_code for answer in answers] == [302, 200]
    assert "c’est à elle de confirmer, et non à l’hébergeur" in words(answers[1])
    assert list(SecondFactorReset.objects.values_list("person__name", "state")) == [("Alice Martin", "announced")]


def test_person_cancels_with_the_link_of_the_mail_and_one_button(client, asked, staff, bob):
    operations.announce_reset(reset=asked, by=staff, call_note=NOTE)
    link = re.search(r"http://testserver(/second-factor/\S+)", letters_to(bob.email)[0].body)[1]

    shown = client.get(link)
    after_reading = SecondFactorReset.objects.get().state
    answer = client.post(link)

    assert (shown.status_code, after_reading, SecondFactorReset.objects.get().state) == (200, "announced", "cancelled")
    assert "C’est annulé." in words(answer)
    assert "C’est annulé." in words(client.get(link))


def test_link_of_a_reset_that_is_done_says_so(client, trois_ponts, asked, second):
    link = reverse("reset-cancel", args=[resets.cancel_token(asked)])
    operations.confirm_reset(reset=asked, by=second)

    answer = client.post(link)

    assert "Ce lien ne fait plus rien" in words(answer)
    assert SecondFactorReset.objects.get().state == "done"


@pytest.mark.parametrize("change", [lambda token: token[:-1], lambda token: f"x{token}", lambda token: "nothing"])
def test_link_nobody_was_sent_opens_nothing(client, asked, change):
    token = change(resets.cancel_token(asked))

    assert client.get(f"/second-factor/{token}/").status_code == 404
    assert client.post(f"/second-factor/{token}/").status_code == 404


def test_every_form_refuses_a_form_from_elsewhere(trois_ponts, access, alice, bob, asked, staff):
    browser = Client(enforce_csrf_checks=True)
    where, given = trois_ponts.public_id, access.public_id
    acts = [
        (alice, reverse("organisation-application", args=[where, given]), {"member": "admin"}),
        (alice, reverse("organisation-personal-access", args=[where, bob.public_id, given]), {"role": "admin"}),
        (alice, reverse("organisation-reset-ask", args=[where, bob.public_id]), {}),
        (alice, reverse("organisation-reset", args=[where, asked.public_id]), {"act": "refuse"}),
        (staff, reverse("desk-organisation-applications", args=[where]), {}),
        (staff, reverse("desk-organisation-application-close", args=[where, given]), {}),
        (staff, reverse("desk-reset", args=[asked.public_id]), {"call_note": NOTE}),
        (staff, reverse("desk-reset-begin", args=[where, alice.public_id]), {"call_note": NOTE}),
        (None, reverse("reset-cancel", args=[resets.cancel_token(asked)]), {}),
    ]
    statuses = []
    for person, url, typed in acts:
        browser.force_login(person) if person else browser.logout()
        statuses.append(browser.post(url, typed).status_code)

    assert statuses == [403] * len(acts)
    assert (entries(), SecondFactorReset.objects.get().state) == (
        [("Alice Martin", ["reader"]), ("Bob Leroy", ["reader"])],
        "asked",
    )


def lines_without_referent():
    return [(line.title, line.url) for line in queries.today_lines() if line.kind == "referent"]


def test_today_shows_an_organisation_nobody_acts_for(trois_ponts, alice):
    before = lines_without_referent()
    Membership.objects.filter(person=alice, role="referent").update(ended_at=clock.now())

    expected = [(trois_ponts.name, reverse("organisation-people", args=[trois_ponts.public_id]))]
    assert (before, lines_without_referent()) == ([], expected)


@pytest.mark.parametrize("how", ["ended", "never"])
def test_today_counts_nobody_who_is_gone(how, alice):
    where = factories.organisation("Le Lavoir", referent=None if how == "never" else alice)
    if how == "ended":
        where_roles = queries.people_of(where)
        where_roles[0].ended_at = clock.now()
        where_roles[0].save()

    assert [title for title, _url in lines_without_referent()] == ["Le Lavoir"]


def test_today_leaves_out_where_a_referent_is_invited_and_shows_their_invitation_once_it_expired(alice):
    where = factories.organisation("Le Lavoir")
    operations.invite(organisation=where, email="new@example.org", role="member", by=None)
    with_member = lines_without_referent()
    operations.invite(organisation=where, email="lead@example.org", role="referent", by=None)

    with time_machine.travel(clock.now() + timedelta(days=30), tick=False):
        lines = [(line.title, line.kind) for line in queries.today_lines()]

    assert [title for title, _url in with_member] == ["Le Lavoir"]
    assert lines == [("Le Lavoir", "invitation")]


@pytest.mark.parametrize("kind", ["individual", "host"])
def test_today_leaves_out_people_alone_and_the_host(kind):
    factories.organisation("Seul·e", kind=kind)

    assert lines_without_referent() == []


def test_today_shows_the_longest_without_a_referent_first(alice, trois_ponts):
    for number in range(3):
        factories.organisation(f"Organisation {number}")

    assert [line.title for line in queries.today_lines(limit=2) if line.kind == "referent"] == [
        "Organisation 0",
        "Organisation 1",
    ]


def test_today_shows_merged_organisations_once(alice, staff, trois_ponts):
    other = factories.organisation("Le Lavoir")
    operations.merge_organisations(kept=trois_ponts, absorbed=other, by=staff)

    assert lines_without_referent() == []
