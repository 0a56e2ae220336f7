# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from archipel.identity.models import Person
from tests import factories
from tests.identity.mailbox import letters_to

pytestmark = pytest.mark.usefixtures("host")
PASSPHRASE = "une lampe sous trois escaliers"
NEWCOMER = {"name": "Nour Haddad", "email": "nour@example.org", "password1": PASSPHRASE, "homepage": ""}


def text(response):
    return response.content.decode()


def without_token(response):
    return re.sub(r"csrfmiddlewaretoken[^>]*>", "", text(response))


def link_in(letter, path):
    return re.search(rf"http://testserver({path}\S+)", letter.body)[1]


def sign_in(client, email, passphrase=factories.PASSPHRASE, **more):
    return client.post(reverse("account_login"), {"login": email, "password": passphrase, **more})


def test_sign_up_asks_the_name_and_confirms_by_a_link_that_acts_on_post(client):
    answer = client.post(reverse("account_signup"), NEWCOMER, HTTP_ACCEPT_LANGUAGE="en")
    letter = letters_to("nour@example.org")[0]
    link = link_in(letter, "/account/confirm-email/")
    seen = client.get(link)
    before = EmailAddress.objects.get(email="nour@example.org").verified
    client.post(link)

    person = Person.objects.get(email="nour@example.org")
    assert (answer.status_code, letter.name, seen.status_code, before) == (
        302, "identity/email_confirmation_signup", 200, False,
    )  # fmt: skip
    assert (person.name, person.language, letter.subject) == ("Nour Haddad", "en", "Confirm your address for L’Escale")
    assert EmailAddress.objects.get(email="nour@example.org").verified


def test_sign_up_in_french_speaks_french(client):
    client.post(reverse("account_signup"), NEWCOMER)

    letter = letters_to("nour@example.org")[0]
    assert (Person.objects.get().language, letter.subject) == ("fr", "Confirmez votre adresse pour L’Escale")
    assert letter.body.startswith(
        "Bonjour Nour Haddad,\n\nvotre compte sur les services de L’Escale est presque ouvert."
    )


def test_sign_up_answers_the_same_for_a_known_address(client, alice):
    new = client.post(reverse("account_signup"), NEWCOMER, follow=True)
    client.logout()
    known = client.post(reverse("account_signup"), NEWCOMER | {"email": alice.email}, follow=True)

    assert new.redirect_chain == known.redirect_chain
    assert without_token(new).replace("nour@example.org", "A") == without_token(known).replace(alice.email, "A")
    assert letters_to(alice.email)[0].name == "identity/account_already_exists"


def test_sign_up_of_a_robot_makes_no_account(client):
    answer = client.post(reverse("account_signup"), NEWCOMER | {"homepage": "https://spam.example"})

    assert (answer.status_code, Person.objects.count()) == (302, 0)


def test_sign_up_keeps_what_was_typed_and_says_what_is_wrong(client):
    page = client.post(reverse("account_signup"), NEWCOMER | {"password1": "court"})

    assert 'value="Nour Haddad"' in text(page)
    assert "Cette phrase de passe est trop courte\u00a0: il faut au moins 12 caractères." in text(page)


def test_links_in_mails_never_come_from_the_host_header(client, alice):
    client.post(reverse("account_reset_password"), {"email": alice.email}, HTTP_HOST="evil.example")
    client.post(reverse("account_signup"), NEWCOMER, HTTP_HOST="evil.example")

    bodies = [letter.body for email in (alice.email, "nour@example.org") for letter in letters_to(email)]
    assert [("evil" in body, "http://testserver/account/" in body) for body in bodies] == [(False, True)] * 2


def test_sign_in_and_out(client, alice):
    answer = sign_in(client, "ALICE@trois-ponts.example")
    inside = client.get(reverse("account-profile")).status_code
    asked = client.get(reverse("account_logout"))
    still = client.get(reverse("account-profile")).status_code
    client.post(reverse("account_logout"))

    assert (answer.status_code, answer["Location"], inside, asked.status_code, still) == (302, "/home/", 200, 200, 200)
    assert client.get(reverse("account-profile")).status_code == 302


def test_sign_in_goes_on_where_one_was_going_but_never_elsewhere(client, alice):
    inside = sign_in(client, alice.email, next="/account/tokens/")
    client.logout()
    outside = sign_in(client, alice.email, next="https://evil.example/")

    assert (inside["Location"], outside["Location"]) == ("/account/tokens/", "/home/")


def test_sign_in_says_the_same_for_known_and_unknown_addresses(client, alice):
    known = sign_in(client, alice.email, "wrong")
    unknown = sign_in(client, "nobody@elsewhere.example", "wrong")

    assert without_token(known).replace(alice.email, "A") == without_token(unknown).replace(
        "nobody@elsewhere.example", "A"
    )
    assert "Cette adresse et cette phrase de passe ne vont pas ensemble." in text(known)


def test_sign_in_is_limited_by_address(client, alice):
    for _ in range(5):
        sign_in(client, alice.email, "wrong")

    page = sign_in(client, alice.email)

    assert "Trop d’essais en peu de temps." in text(page)
    assert client.get(reverse("account-profile")).status_code == 302


def test_too_many_sign_ups_are_refused_with_our_page(client):
    pages = [client.post(reverse("account_signup"), NEWCOMER | {"email": f"n{i}@x.example"}) for i in range(25)]

    refused = [page for page in pages if page.status_code == 429]
    assert refused
    assert "<h1>" in text(refused[0])
    assert "L’Escale" in text(refused[0])


def test_unconfirmed_account_cannot_sign_in(client):
    client.post(reverse("account_signup"), NEWCOMER)

    answer = sign_in(client, "nour@example.org", PASSPHRASE)

    assert answer["Location"] == reverse("account_email_verification_sent")
    assert client.get(reverse("account-profile")).status_code == 302


def test_closed_account_cannot_sign_in(client, alice):
    Person.objects.update(is_active=False)

    sign_in(client, alice.email)

    assert client.get(reverse("account-profile")).status_code == 302


def test_reset_answers_the_same_for_known_and_unknown_addresses(client, alice):
    known = client.post(reverse("account_reset_password"), {"email": alice.email}, follow=True)
    unknown = client.post(reverse("account_reset_password"), {"email": "nobody@elsewhere.example"}, follow=True)

    assert (known.redirect_chain, without_token(known)) == (unknown.redirect_chain, without_token(unknown))
    assert [letters_to(email)[0].name for email in (alice.email, "nobody@elsewhere.example")] == [
        "identity/password_reset_key", "identity/unknown_account",
    ]  # fmt: skip


def test_reset_link_works_once_and_tells_by_mail(client, alice):
    client.post(reverse("account_reset_password"), {"email": alice.email})
    link = link_in(letters_to(alice.email)[0], "/account/password/reset/key/")

    form = client.get(link, follow=True)
    done = client.post(form.redirect_chain[-1][0], {"password1": PASSPHRASE}, follow=True)
    again = client.get(link, follow=True)

    alice.refresh_from_db()
    assert (done.status_code, alice.check_password(PASSPHRASE)) == (200, True)
    assert "Ce lien ne fonctionne plus" in text(again)
    assert letters_to(alice.email)[0].name == "identity/password_reset"


def test_reset_gives_a_passphrase_to_who_had_none(client):
    person = factories.person(email="nour@example.org")
    person.set_unusable_password()
    person.save()

    client.post(reverse("account_reset_password"), {"email": person.email})

    assert letters_to(person.email)[0].name == "identity/password_reset_key"


def test_change_of_passphrase_ends_other_sessions_and_tells_by_mail(client, alice):
    from django.test import Client

    other = Client()
    for browser in (client, other):
        sign_in(browser, alice.email)

    answer = client.post(
        reverse("account_change_password"), {"oldpassword": factories.PASSPHRASE, "password1": PASSPHRASE}
    )

    assert answer.status_code == 302
    assert [browser.get(reverse("account-profile")).status_code for browser in (client, other)] == [200, 302]
    assert letters_to(alice.email)[0].name == "identity/password_changed"


def test_addresses_page_adds_confirms_and_chooses(client, alice):
    sign_in(client, alice.email)
    page = reverse("account_email")

    client.post(page, {"action_add": "1", "email": "alice@home.example"})
    client.post(link_in(letters_to("alice@home.example")[0], "/account/confirm-email/"))
    client.post(page, {"action_primary": "1", "email": "alice@home.example"})
    client.post(page, {"action_remove": "1", "email": "alice@trois-ponts.example"})

    alice.refresh_from_db()
    assert (alice.email, [row.email for row in EmailAddress.objects.filter(user=alice)]) == (
        "alice@home.example", ["alice@home.example"],
    )  # fmt: skip
    assert "alice@home.example" in alice.search_text


def test_adding_the_address_of_somebody_else_says_nothing_of_them(client, alice, charlie):
    sign_in(client, alice.email)

    said = []
    for email in (charlie.email, "free@home.example"):
        page = client.post(reverse("account_email"), {"action_add": "1", "email": email}, follow=True)
        said.append([str(message).replace(email, "A") for message in page.context["messages"]])

    assert said[0] == said[1] == ["Un lien a été envoyé à A."]


def test_profile_changes_name_and_language_at_once(client, alice, settings):
    client.force_login(alice)

    page = client.post(reverse("account-profile"), {"name": "Alice M.", "language": "en"}, follow=True)

    alice.refresh_from_db()
    assert (alice.name, alice.language, '<html lang="en">' in text(page)) == ("Alice M.", "en", True)


def test_profile_keeps_the_form_when_the_name_is_missing(client, alice):
    client.force_login(alice)

    page = client.post(reverse("account-profile"), {"name": " ", "language": "en"})

    assert (page.status_code, list(page.context["form"].errors)) == (200, ["name"])


ENTRANCE = [
    "account_login", "account_signup", "account_reset_password", "account_reset_password_done",
    "account_email_verification_sent", "account_inactive", "account_reset_password_from_key_done",
]  # fmt: skip
INSIDE = ["account_email", "account_change_password", "account_reauthenticate", "account_logout", "account-profile"]


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("name", [*ENTRANCE, *INSIDE, "account-tokens"])
def test_every_account_page_is_ours(client, alice, name, language):
    if name not in ENTRANCE:
        sign_in(client, alice.email)

    page = client.get(reverse(name), HTTP_ACCEPT_LANGUAGE=language)

    assert (page.status_code, f'<html lang="{language}">' in text(page), text(page).count("<h1")) == (200, True, 1)
    words = re.sub(r"<[^>]+>", " ", text(page))
    assert re.findall(r"(?i)password|mot de passe|{%|{{", words) == []
    assert re.findall(r"style=|<script(?! src)|placeholder=", text(page)) == []


@pytest.mark.parametrize("path", ["/account/confirm-email/nothing/", "/account/password/reset/key/1-nothing/"])
def test_wrong_links_show_our_page(client, path):
    page = client.get(path)

    assert (page.status_code, text(page).count("<h1"), "L’Escale" in text(page)) == (200, 1, True)
