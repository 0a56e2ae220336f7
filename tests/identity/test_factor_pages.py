# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of a second factor, as a browser without JavaScript meets them, and as somebody meets them who is up to no good."""

from __future__ import annotations

import json
import re

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.test import Client
from django.urls import reverse

from archipel.history.models import Entry
from archipel.identity.models import Session
from archipel.kernel import keys
from tests import factories
from tests.identity.factors import code, prove_again, recovery_code, secret_on, sign_in, with_codes
from tests.identity.mailbox import letters_to
from tests.identity.test_second_factors import MOMENT
from tests.looking import LookingClient

pytestmark = pytest.mark.usefixtures("host")
ENTER = "/account/second-factor/enter/"
FORMS = [
    "account_login", "account_signup", "account_reset_password", "account_reauthenticate", "account_change_password",
    "account_email", "account-profile", "account-tokens", "account-sessions-end", "mfa_activate_totp",
    "mfa_deactivate_totp", "mfa_generate_recovery_codes", "mfa_add_webauthn", "mfa_login_webauthn", "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn", "mfa_authenticate",
]  # fmt: skip


def text(response) -> str:
    return response.content.decode()


def inside(client) -> bool:
    return client.get(reverse("account-profile")).status_code == 200


@pytest.fixture
def at_home(client, alice):
    """Alice's browser, where she has just proved that it is her."""
    sign_in(client, alice)
    prove_again(client)
    return client


def test_application_is_set_up_without_javascript(at_home, alice, django_capture_on_commit_callbacks):
    page = at_home.get(reverse("mfa_activate_totp"))
    secret = secret_on(page)
    with django_capture_on_commit_callbacks(execute=True):
        done = at_home.post(reverse("mfa_activate_totp"), {"code": code(secret=secret)}, follow=True)

    row = Authenticator.objects.get(type="totp")
    assert ('<svg class="qr"' in text(page), done.redirect_chain) == (True, [(reverse("mfa_view_recovery_codes"), 302)])
    assert keys.unlock(row.data["secret"]) == secret
    assert len(re.findall(r"<code>\d{8}</code>", text(done))) == 10
    assert letters_to(alice.email)[0].subject == "Votre compte a un second facteur"
    assert Entry.objects.filter(what="identity.codes_added").count() == 1


def test_wrong_first_code_keeps_the_same_key(at_home):
    shown = secret_on(at_home.get(reverse("mfa_activate_totp")))
    again = at_home.post(reverse("mfa_activate_totp"), {"code": "12345"})

    assert (secret_on(again), Authenticator.objects.count()) == (shown, 0)
    assert "Ce code n’est pas bon." in text(again)


def test_code_that_proved_the_application_opens_no_session(at_home, alice, django_capture_on_commit_callbacks):
    with time_machine.travel(MOMENT, tick=False):
        prove_again(at_home)
        typed = code(secret=secret_on(at_home.get(reverse("mfa_activate_totp"))))
        with django_capture_on_commit_callbacks(execute=True):
            at_home.post(reverse("mfa_activate_totp"), {"code": typed})
        at_home.cookies.clear()
        sign_in(at_home, alice)
        refused = at_home.post(ENTER, {"code": typed})

    assert "il a déjà servi" in text(refused)


def test_setting_up_asks_for_the_passphrase_again(client, alice):
    sign_in(client, alice)

    pages = ["mfa_activate_totp", "mfa_add_webauthn"]
    assert [client.get(reverse(name))["Location"].split("?")[0] for name in pages] == [
        reverse("account_reauthenticate")
    ] * 2


def test_sign_in_needs_the_code(client, alice):
    with_codes(alice)

    first = sign_in(client, alice)
    before = (inside(client), client.get(ENTER).status_code)
    wrong = client.post(ENTER, {"code": "000000"})
    right = client.post(ENTER, {"code": code()})

    assert (first["Location"], before, inside(client)) == (ENTER, (False, 200), True)
    assert ("Ce code n’est pas bon" in text(wrong), right["Location"]) == (True, "/home/")


def test_sign_in_goes_on_where_one_was_going(client, alice):
    with_codes(alice)
    typed = {"login": alice.email, "password": factories.PASSPHRASE, "next": "/account/tokens/"}
    client.post(reverse("account_login"), typed)

    assert client.post(ENTER, {"code": recovery_code(alice)})["Location"] == "/account/tokens/"


def test_code_read_over_the_shoulder_opens_nothing_again(client, alice):
    with_codes(alice)
    with time_machine.travel(MOMENT, tick=False):
        sign_in(client, alice)
        typed = code()
        client.post(ENTER, {"code": typed})
        thief = LookingClient()
        sign_in(thief, alice)
        thief.post(ENTER, {"code": typed})

    assert (inside(client), inside(thief)) == (True, False)


def test_guessing_codes_is_limited_from_any_number_of_browsers(alice):
    with_codes(alice)
    pages = []
    for number in range(7):
        thief = LookingClient(REMOTE_ADDR=f"198.51.100.{number}")
        sign_in(thief, alice)
        pages.append(text(thief.post(ENTER, {"code": "000000"})))

    assert ["Trop d’essais" in page for page in pages] == [False] * 5 + [True] * 2


def test_session_before_the_sign_in_is_not_the_one_after(client, alice):
    """Somebody who plants a session in a browser (fixation) finds nothing in it afterwards."""
    with_codes(alice)
    sign_in(client, alice)
    planted = client.session.session_key
    client.post(ENTER, {"code": code()})
    after = client.session.session_key
    thief = Client()
    thief.cookies["session"] = planted

    assert (planted != after, inside(client)) == (True, True)
    assert thief.get(reverse("account-profile")).status_code == 302


def test_second_step_cannot_be_reached_without_the_first(client, alice):
    with_codes(alice)

    assert client.get(ENTER)["Location"] == reverse("account_login")
    assert client.post(ENTER, {"code": code()})["Location"] == reverse("account_login")


def test_beginning_again_forgets_the_first_step(client, alice):
    with_codes(alice)
    sign_in(client, alice)
    back = client.post(reverse("account_logout"), {"next": reverse("account_login")})

    assert back["Location"] == reverse("account_login")
    assert client.get(ENTER)["Location"] == reverse("account_login")


def test_reset_of_the_passphrase_does_not_replace_the_second_factor(client, alice):
    with_codes(alice)
    client.post(reverse("account_reset_password"), {"email": alice.email})
    link = re.search(r"http://testserver(/account/password/reset/key/\S+)", letters_to(alice.email)[0].body)[1]
    form = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(form, {"password1": "une lampe sous trois escaliers"})
    answer = client.post(reverse("account_login"), {"login": alice.email, "password": "une lampe sous trois escaliers"})

    assert (answer["Location"], inside(client)) == (ENTER, False)


def test_recovery_codes_are_made_again_and_kept_as_a_file(at_home, alice, django_capture_on_commit_callbacks):
    with_codes(alice)
    old = recovery_code(alice)

    with django_capture_on_commit_callbacks(execute=True):
        at_home.post(reverse("mfa_generate_recovery_codes"))
    file = at_home.get(reverse("mfa_download_recovery_codes"))

    codes = text(file).split()
    assert (len(codes), old in codes, file["Content-Disposition"]) == (
        10,
        False,
        'attachment; filename="recovery-codes.txt"',
    )
    assert letters_to(alice.email)[0].name == "identity/recovery_codes_generated"


def test_recovery_codes_are_in_no_cache(at_home, alice):
    with_codes(alice)

    pages = [at_home.get(reverse(name)) for name in ("mfa_view_recovery_codes", "mfa_download_recovery_codes")]
    assert ["no-store" in page["Cache-Control"] for page in pages] == [True, True]


def test_removing_the_application_takes_recovery_codes_along(at_home, alice):
    with_codes(alice)

    at_home.post(reverse("mfa_deactivate_totp"))

    assert not Authenticator.objects.exists()
    assert letters_to(alice.email)[0].name == "identity/totp_deactivated"


def test_who_has_codes_may_still_add_an_address(at_home, alice):
    with_codes(alice)

    at_home.post(reverse("account_email"), {"email": "alice@home.example", "action_add": "1"})

    assert letters_to("alice@home.example")[0].name == "identity/email_confirmation"


NO_PASSKEYS = [
    "", "null", "[]", "{}", "7", '"x"', "not json", json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {}}),
    json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "AA", "authenticatorData": "AA", "signature": "AA", "userHandle": "OTk5OTk5OTk5OTk5OTk5OTk5OTk5"}}),
    json.dumps({"id": "AA", "rawId": "AA", "type": "public-key", "response": {"clientDataJSON": "e30", "attestationObject": "oA"}}),
]  # fmt: skip


@pytest.mark.parametrize("typed", NO_PASSKEYS, ids=range(len(NO_PASSKEYS)))
def test_what_is_no_passkey_is_refused_in_words(client, alice, typed):
    client.get(reverse("mfa_login_webauthn"), HTTP_X_REQUESTED_WITH="XMLHttpRequest")
    entering = client.post(reverse("mfa_login_webauthn"), {"credential": typed}, follow=True)
    outside = not inside(client)
    sign_in(client, alice)
    prove_again(client)
    adding = client.post(reverse("mfa_add_webauthn"), {"credential": typed})

    words = re.compile("n’a pas été acceptée|ont besoin d’un navigateur avec JavaScript. Il y a")
    assert (entering.redirect_chain[-1][0], adding.status_code, outside) == (reverse("account_login"), 200, True)
    assert (bool(words.search(text(entering))), bool(words.search(text(adding)))) == (True, True)
    assert not Authenticator.objects.exists()


@pytest.mark.parametrize("typed", NO_PASSKEYS, ids=range(len(NO_PASSKEYS)))
def test_what_is_no_passkey_does_not_replace_a_code(client, alice, typed):
    with_codes(alice)
    sign_in(client, alice)
    page = client.post(ENTER, {"credential": typed})

    assert (page.status_code, inside(client)) == (200, False)


def test_challenge_of_a_sign_in_names_nobody(client, alice):
    Authenticator.objects.create(user=alice, type="webauthn", data={"name": "clé"})

    options = client.get(reverse("mfa_login_webauthn"), HTTP_X_REQUESTED_WITH="XMLHttpRequest").json()[
        "request_options"
    ]

    assert options["publicKey"]["allowCredentials"] == []
    assert options["publicKey"]["userVerification"] == "required"


@pytest.mark.parametrize("name", FORMS)
def test_no_form_acts_without_its_token(alice, name):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(alice)
    before = (Authenticator.objects.count(), Session.objects.count(), alice.password)

    answer = browser.post(reverse(name), {"code": "1", "password": factories.PASSPHRASE, "name": "x"})

    alice.refresh_from_db()
    assert (answer.status_code, before) == (
        403,
        (Authenticator.objects.count(), Session.objects.count(), alice.password),
    )


def test_role_that_needs_a_factor_opens_nothing_until_there_is_one(client, staff):
    factories.second_factor_for("administrator")
    client.force_login(staff)

    led = client.get("/desk/settings/")
    words = client.get(led["Location"])
    acted = client.post("/desk/settings/", {"name": "X"})
    menu = text(client.get("/home/"))

    assert led["Location"] == "/account/second-factor/needed/?next=%2Fdesk%2Fsettings%2F"
    assert ("Un verrou de plus avant cette page" in text(words), acted.status_code, 'href="/desk/"' in menu) == (
        True,
        403,
        True,
    )
    assert "Votre rôle demande un second facteur" in text(acted)


def test_desk_opens_once_there_is_one_and_leads_back(client, staff):
    factories.second_factor_for("administrator")
    sign_in(client, staff)
    prove_again(client)
    client.get(client.get("/desk/settings/")["Location"])
    secret = secret_on(client.get(reverse("mfa_activate_totp")))
    codes = client.post(reverse("mfa_activate_totp"), {"code": code(secret=secret)}, follow=True)

    assert 'href="/desk/settings/">Je les ai gardés' in text(codes)
    assert (client.get("/desk/settings/").status_code, client.get("/desk/").status_code) == (200, 200)
    assert client.get("/account/second-factor/needed/?next=/desk/")["Location"] == "/desk/"


def test_page_that_leads_to_a_factor_never_leads_elsewhere(client, alice):
    client.force_login(with_codes(alice))

    assert client.get("/account/second-factor/needed/?next=https://evil.example/")["Location"] == "/home/"


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize(
    "name",
    ["mfa_index", "mfa_activate_totp", "mfa_list_webauthn", "mfa_add_webauthn", "account-sessions", "account-second-factor-needed"],
)  # fmt: skip
def test_every_page_is_ours_and_reached_from_the_account(at_home, name, language):
    page = at_home.get(reverse(name), HTTP_ACCEPT_LANGUAGE=language)
    menu = text(at_home.get(reverse("account-profile")))

    words = re.sub(r"<[^>]+>", " ", text(page))
    assert (page.status_code, re.findall(r"(?i)password|mot de passe|authenticator", words)) == (200, [])
    assert [
        f'href="{reverse(link)}"' in menu for link in ("mfa_index", "mfa_list_webauthn", "account-sessions", "my-data")
    ] == [True] * 4
