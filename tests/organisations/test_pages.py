# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import re
from datetime import timedelta

import pytest
import time_machine
from django.urls import reverse

from archipel.history import operations as history
from archipel.host import queries as host_queries
from archipel.kernel import clock
from archipel.organisations import operations, queries
from archipel.organisations.models import Invitation
from tests import factories
from tests.identity.mailbox import letters_to

pytestmark = pytest.mark.usefixtures("host")
PASSPHRASE = "une lampe sous trois escaliers"


@pytest.fixture
def invited(trois_ponts, alice):
    return operations.invite(organisation=trois_ponts, email="denise@trois-ponts.example", role="member", by=alice)


def link_sent_to(email):
    return re.search(r"(/invitation/[^/\s]+/)", letters_to(email)[0].body)[1]


def text(response):
    return response.content.decode()


def test_invitation_page_shows_who_invites_and_changes_nothing(client, invited):
    page = client.get(link_sent_to(invited.email))

    invited.refresh_from_db()
    assert page.status_code == 200
    assert "Alice Martin vous invite à rejoindre La ressourcerie des Trois-Ponts." in text(page)
    assert invited.accepted_at is None


def test_invitation_page_opens_the_account_and_signs_in(client, invited, trois_ponts):
    answer = client.post(link_sent_to(invited.email), {"name": "Denise", "passphrase": PASSPHRASE})

    names = [role.person.name for role in queries.people_of(trois_ponts)]
    assert (answer.status_code, answer["Location"], names) == (302, "/home/", ["Alice Martin", "Bob Leroy", "Denise"])
    assert client.get(reverse("account-profile")).status_code == 200


def test_invitation_page_keeps_the_name_when_the_passphrase_is_weak(client, invited):
    page = client.post(link_sent_to(invited.email), {"name": "Denise Kervella", "passphrase": "court"})

    assert page.status_code == 200
    assert 'value="Denise Kervella"' in text(page)
    assert "Cette phrase de passe est trop courte" in text(page)


def test_invitation_page_sends_who_has_an_account_to_sign_in(client, trois_ponts, alice, charlie):
    operations.invite(organisation=trois_ponts, email=charlie.email, role="member", by=alice)
    link = link_sent_to(charlie.email)

    page = client.get(link)

    assert f'href="/account/login/?next={link}"' in text(page)
    assert 'name="passphrase"' not in text(page)


def test_invitation_page_accepts_in_one_click_when_signed_in(client, trois_ponts, alice, charlie):
    operations.invite(organisation=trois_ponts, email=charlie.email, role="member", by=alice)
    client.force_login(charlie)

    answer = client.post(link_sent_to(charlie.email))

    assert (answer.status_code, len(queries.people_of(trois_ponts))) == (302, 3)


def test_invitation_page_for_another_address_offers_to_sign_out(client, invited, charlie, trois_ponts):
    client.force_login(charlie)
    link = link_sent_to(invited.email)

    page, refused = client.get(link), client.post(link)

    assert f'<input type="hidden" name="next" value="{link}">' in text(page)
    assert (refused.status_code, len(queries.people_of(trois_ponts))) == (200, 2)


def test_expired_invitation_page_says_whom_to_ask(client, invited, alice):
    link = link_sent_to(invited.email)
    with time_machine.travel(clock.now() + timedelta(days=15)):
        page = client.get(link)
        asked = client.post(f"{link}ask/")

    assert (page.status_code, asked.status_code) == (410, 200)
    assert "Alice Martin vous avait invité·e" in text(page)
    assert letters_to(alice.email)[0].name == "organisations/invitation_asked_again"


def test_asking_again_answers_the_same_for_a_link_that_never_was(client, invited):
    link = link_sent_to(invited.email)

    known, unknown = client.post(f"{link}ask/"), client.post("/invitation/neverneverneverx/ask/")

    strip = re.compile(r"csrfmiddlewaretoken[^>]*>")
    assert strip.sub("", text(known).replace(link, "L")) == strip.sub(
        "", text(unknown).replace("/invitation/neverneverneverx/", "L")
    )


def test_asking_again_is_limited(client, invited):
    link = link_sent_to(invited.email)

    statuses = [client.post(f"{link}ask/").status_code for _ in range(3)]

    assert statuses == [200, 200, 429]


def test_unknown_link_is_not_found(client):
    assert client.get("/invitation/nothing/").status_code == 404


def test_people_page_invites(client, trois_ponts, alice):
    client.force_login(alice)
    url = reverse("organisation-people", args=[trois_ponts.public_id])

    answer = client.post(url, {"email": "emile@trois-ponts.example", "name": "Émile", "role": "treasurer"})

    made = Invitation.objects.get()
    assert (answer.status_code, made.role, made.invited_by) == (302, "treasurer", alice)


def test_people_page_keeps_what_was_typed_when_it_refuses(client, trois_ponts, alice, bob):
    client.force_login(alice)
    url = reverse("organisation-people", args=[trois_ponts.public_id])

    page = client.post(url, {"email": bob.email, "name": "Bobby", "role": "member"})

    assert "Cette personne est déjà dans l’organisation." in text(page)
    assert 'value="Bobby"' in text(page)


def test_people_page_says_the_same_of_a_known_and_an_unknown_address(client, trois_ponts, alice, charlie):
    client.force_login(alice)
    url = reverse("organisation-people", args=[trois_ponts.public_id])
    said = []

    for email in (charlie.email, "unknown@elsewhere.example"):
        page = client.post(url, {"email": email, "role": "member"}, follow=True)
        said.append([str(message).replace(email, "ADDRESS") for message in page.context["messages"]])

    assert said[0] == said[1] == ["L’invitation a été envoyée à ADDRESS."]


def test_people_page_of_a_member_neither_invites_nor_shows_addresses(client, trois_ponts, bob, invited):
    client.force_login(bob)
    url = reverse("organisation-people", args=[trois_ponts.public_id])

    page, refused = client.get(url), client.post(url, {"email": "x@y.example", "role": "member"})

    assert (page.status_code, refused.status_code) == (200, 403)
    assert (invited.email in text(page), "alice@trois-ponts.example" in text(page)) == (False, False)


@pytest.mark.parametrize("rows", [1, 3])
def test_people_page_asks_the_same_number_of_queries(client, alice, rows, django_assert_num_queries):
    organisation = factories.organisation(referent=alice)
    for number in range(rows):
        factories.role(organisation, factories.person(email=f"m{number}@trois-ponts.example"), "member")
        operations.invite(organisation=organisation, email=f"i{number}@trois-ponts.example", role="member", by=alice)
    client.force_login(alice)
    host_queries.forget_remembered()

    with django_assert_num_queries(8):
        client.get(reverse("organisation-people", args=[organisation.public_id]))


def test_member_page_changes_the_role(client, trois_ponts, alice, bob):
    client.force_login(alice)
    url = reverse("organisation-member", args=[trois_ponts.public_id, bob.public_id])

    seen, answer = client.get(url), client.post(url, {"role": "treasurer"})

    assert (seen.status_code, answer.status_code, queries.roles_of(bob)[0].role) == (200, 302, "treasurer")


def test_member_page_refuses_to_leave_nobody_in_the_lead(client, trois_ponts, alice):
    client.force_login(alice)

    page = client.post(
        reverse("organisation-member", args=[trois_ponts.public_id, alice.public_id]), {"role": "member"}
    )

    assert (page.status_code, queries.roles_of(alice)[0].role) == (200, "referent")
    assert "désignez d’abord une personne pour prendre la suite" in text(page)


def test_remove_button_removes(client, trois_ponts, alice, bob):
    client.force_login(alice)

    answer = client.post(reverse("organisation-remove", args=[trois_ponts.public_id, bob.public_id]))

    assert (answer.status_code, queries.roles_of(bob)) == (302, [])


def test_member_may_leave_but_remove_nobody(client, trois_ponts, alice, bob):
    client.force_login(bob)

    refused = client.post(reverse("organisation-remove", args=[trois_ponts.public_id, alice.public_id]))
    left = client.post(reverse("organisation-remove", args=[trois_ponts.public_id, bob.public_id]))

    assert (refused.status_code, left.status_code, len(queries.people_of(trois_ponts))) == (403, 302, 1)


def test_resend_and_withdraw(client, trois_ponts, alice, invited):
    client.force_login(alice)

    client.post(reverse("invitation-resend", args=[invited.public_id]))
    client.post(reverse("invitation-withdraw", args=[invited.public_id]))

    invited.refresh_from_db()
    assert (len(letters_to(invited.email)), invited.withdrawn_at is None) == (2, False)


def test_invitation_of_mine_is_accepted_from_home(client, trois_ponts, alice, charlie):
    made = operations.invite(organisation=trois_ponts, email=charlie.email, role="member", by=alice)
    client.force_login(charlie)
    url = reverse("invitation-of-mine", args=[made.public_id])

    seen, answer = client.get(url), client.post(url)

    assert (seen.status_code, answer.status_code, len(queries.people_of(trois_ponts))) == (200, 302, 3)


def test_invitation_of_somebody_else_is_not_found(client, invited, charlie):
    client.force_login(charlie)

    assert client.get(reverse("invitation-of-mine", args=[invited.public_id])).status_code == 404


def test_history_page_and_table(client, trois_ponts, alice):
    for number in range(25):
        history.record(
            what="organisations.created",
            about=("organisation", trois_ponts.public_id, f"=Nom {number:02}"),
            organisation_id=trois_ponts.public_id,
        )
    client.force_login(alice)

    url = reverse("organisation-history", args=[trois_ponts.public_id])
    page = client.get(url)
    older = client.get(url + re.search(r'href="(\?before=[^"]+)"', text(page))[1])
    table = b"".join(client.get(reverse("organisation-history-csv", args=[trois_ponts.public_id]))).decode()

    assert (text(page).count("est désormais connue ici"), text(older).count("est désormais connue ici")) == (20, 5)
    assert (table.count("\n"), table.startswith("\ufeff"), ",'=Nom 24" in table) == (26, True, True)


def test_history_is_for_the_referent_and_the_treasurer(client, trois_ponts, bob):
    client.force_login(bob)

    assert client.get(reverse("organisation-history", args=[trois_ponts.public_id])).status_code == 403


PORTAL = ["organisation-people", "organisation-history", "organisation-history-csv"]


@pytest.mark.parametrize("name", PORTAL)
def test_portal_pages_do_not_exist_for_strangers(client, trois_ponts, charlie, name):
    url = reverse(name, args=[trois_ponts.public_id])
    anonymous = client.get(url)
    client.force_login(charlie)

    assert (anonymous.status_code, anonymous["Location"]) == (302, f"/account/login/?next={url}")
    assert (client.get(url).status_code, client.post(url).status_code) == (404, 404)


DESK = [
    ("desk-organisations", ()), ("desk-organisation", ("organisation",)), ("desk-organisation-facts", ("organisation",)),
    ("desk-organisation-merge", ("organisation",)), ("desk-people", ()), ("desk-person", ("person",)),
    ("desk-person-merge", ("person",)),
]  # fmt: skip


@pytest.mark.parametrize(("name", "about"), DESK)
def test_desk_pages_exist_for_the_desk_only(client, trois_ponts, alice, staff, name, about):
    ids = {"organisation": trois_ponts.public_id, "person": alice.public_id}
    url = reverse(name, args=[ids[what] for what in about])
    anonymous = client.get(url).status_code
    client.force_login(alice)
    referent = client.get(url).status_code
    client.force_login(staff)

    assert (anonymous, referent, client.get(url).status_code) == (302, 404, 200)


def test_desk_search_finds_by_name_town_rna_and_siren(client, staff):
    found = factories.organisation(
        name="L’Œuvre des Étangs", town=factories.town(), rna="W294001234", siren="732829320", kind="association"
    )
    factories.organisation(name="Le Lavoir")
    client.force_login(staff)

    for typed in ("oeuvre etangs", "Étangs", "concarneau", "W294001234", "732 829 320", "œuvre concarneau"):
        page = client.get(reverse("desk-organisations"), {"q": typed})
        assert [row.pk for row in page.context["page"].rows] == [found.pk], typed


def test_desk_search_pages_without_counting(client, staff):
    for number in range(30):
        factories.organisation(name=f"Collectif {number:02}")
    client.force_login(staff)

    first = client.get(reverse("desk-organisations"), {"q": "collectif"})
    second = client.get(reverse("desk-organisations"), {"q": "collectif", "after": first.context["page"].after})

    assert (len(first.context["page"].rows), len(second.context["page"].rows)) == (25, 5)
    assert f"?q=collectif&amp;after={first.context['page'].after}" in text(first)
    assert ("Revenir au début" in text(second), "Page suivante" in text(second)) == (True, False)


@pytest.mark.parametrize("rows", [1, 3])
@pytest.mark.parametrize("name", ["desk-organisations", "desk-people"])
def test_desk_lists_ask_the_same_number_of_queries(client, staff, rows, name, django_assert_num_queries):
    for number in range(rows):
        factories.organisation(name=f"Collectif {number}", town=factories.town(code=f"2900{number}"))
        factories.person(email=f"p{number}@example.org")
    client.force_login(staff)
    host_queries.forget_remembered()

    with django_assert_num_queries(7):
        client.get(reverse(name))


def test_desk_facts_page_corrects(client, trois_ponts, staff):
    client.force_login(staff)
    typed = {"name": "Trois-Ponts", "kind": "association", "rna": "w294001234", "member_since": "2020-01-01"}

    answer = client.post(reverse("desk-organisation-facts", args=[trois_ponts.public_id]), typed)

    trois_ponts.refresh_from_db()
    assert (answer.status_code, trois_ponts.name, trois_ponts.rna) == (302, "Trois-Ponts", "W294001234")


def test_desk_facts_page_shows_a_refusal_at_its_field(client, trois_ponts, staff):
    client.force_login(staff)
    typed = {"name": "Trois-Ponts", "kind": "association", "siren": "123456789"}

    page = client.post(reverse("desk-organisation-facts", args=[trois_ponts.public_id]), typed)

    assert (page.status_code, list(page.context["form"].errors)) == (200, ["siren"])


def test_desk_merge_page_previews_then_acts(client, trois_ponts, staff, charlie):
    other = factories.organisation(name="Trois Ponts bis", referent=charlie)
    client.force_login(staff)
    url = reverse("desk-organisation-merge", args=[trois_ponts.public_id])

    found, preview = client.get(url, {"q": "trois ponts bis"}), client.get(url, {"absorbed": other.public_id})
    before = len(queries.people_of(trois_ponts))
    answer = client.post(url, {"absorbed": other.public_id})

    assert f"?absorbed={other.public_id}" in text(found)
    assert "Charlie Petit rejoint La ressourcerie des Trois-Ponts" in text(preview)
    assert (before, answer.status_code, len(queries.people_of(trois_ponts))) == (2, 302, 3)


def test_desk_merge_page_refuses_with_itself(client, trois_ponts, staff):
    client.force_login(staff)

    page = client.get(
        reverse("desk-organisation-merge", args=[trois_ponts.public_id]), {"absorbed": trois_ponts.public_id}
    )

    assert "Choisissez deux organisations différentes" in text(page)


def test_desk_merges_persons(client, alice, charlie, trois_ponts, staff):
    client.force_login(staff)
    url = reverse("desk-person-merge", args=[charlie.public_id])

    preview = client.get(url, {"absorbed": alice.public_id})
    answer = client.post(url, {"absorbed": alice.public_id})

    assert "L’adresse alice@trois-ponts.example passe à Charlie Petit." in text(preview)
    assert (answer.status_code, [role.role for role in queries.roles_of(charlie)]) == (302, ["referent"])


def test_reviewer_cannot_merge_an_administrator_into_their_own_account(client, reviewer, staff):
    client.force_login(reviewer)
    url = reverse("desk-person-merge", args=[reviewer.public_id])

    answer = client.post(url, {"absorbed": staff.public_id})

    assert (answer.status_code, [role.role for role in queries.roles_of(reviewer)]) == (403, ["reviewer"])


def test_reviewer_cannot_give_rights_of_the_desk(client, reviewer):
    home = factories.host_organisation()
    client.force_login(reviewer)

    invited = client.post(
        reverse("organisation-people", args=[home.public_id]), {"email": "x@y.example", "role": "administrator"}
    )
    changed = client.post(
        reverse("organisation-member", args=[home.public_id, reviewer.public_id]), {"role": "administrator"}
    )

    assert (invited.status_code, changed.status_code) == (403, 403)


def test_administrator_gives_and_ends_roles_at_the_host(client, staff, reviewer):
    home = factories.host_organisation()
    client.force_login(staff)

    client.post(reverse("organisation-member", args=[home.public_id, reviewer.public_id]), {"role": "editor"})
    client.post(reverse("organisation-end-role", args=[home.public_id, reviewer.public_id, "reviewer"]))

    assert [role.role for role in queries.roles_of(reviewer)] == ["editor"]
