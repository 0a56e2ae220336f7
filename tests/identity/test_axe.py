# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every page of accounts, people and the desk's persons, read by axe in a real browser: on a narrow telephone, in French by day, in English by night."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse

from archipel.connectors.keycloak.fake import FakeSignOn
from archipel.identity import operations as identity
from archipel.organisations import operations
from tests import axe, factories
from tests.identity import elsewhere
from tests.identity.factors import sign_in, with_codes
from tests.identity.mailbox import letters_to

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("host")]

ENTRANCE = [
    "account_login", "account_signup", "account_reset_password", "account_reset_password_done", "account_inactive",
    "account_email_verification_sent", "account_reset_password_from_key_done",
]  # fmt: skip
OWN = [
    "account_email", "account_change_password", "account_reauthenticate", "account_logout", "account-profile",
    "account-tokens", "account-sessions", "desk-organisations", "desk-people",
]  # fmt: skip
FACTORS = ["mfa_index", "account-second-factor-needed", "mfa_list_webauthn", "mfa_activate_totp", "mfa_add_webauthn"]
WITH_FACTORS = [
    "mfa_index",
    "mfa_list_webauthn",
    "mfa_view_recovery_codes",
    "mfa_generate_recovery_codes",
    "mfa_deactivate_totp",
]
OF_ORGANISATION = [
    "organisation-people", "organisation-history", "desk-organisation", "desk-organisation-facts",
    "desk-organisation-merge",
]  # fmt: skip


def written_pages(client, language, trois_ponts, alice, bob, charlie, staff):
    """Return the pages as the server writes them, errors and previews included, by what they show."""
    factories.town("Saint-Denis", "93066", "93200")
    factories.town("Saint-Denis", "97411", "97400", department="974")
    factories.address(staff, "staff@home.example", verified=False)
    identity.issue_token(person=staff, name="script", scopes=["me:read"])
    operations.invite(organisation=trois_ponts, email="denise@trois-ponts.example", role="member", by=alice)
    link = letters_to("denise@trois-ponts.example")[0].body.split("http://testserver")[1].split()[0]
    speaks = {"HTTP_ACCEPT_LANGUAGE": language}

    def get(name, *ids, **typed):
        return client.get(reverse(name, args=ids), typed, **speaks)

    def post(url, **typed):
        return client.post(url, typed, **speaks)

    answers = {name: get(name) for name in ENTRANCE}
    answers |= {"wrong confirmation": client.get("/account/confirm-email/x/", **speaks)}
    answers |= {"wrong reset": client.get("/account/password/reset/key/1-x/", **speaks)}
    answers |= {"sign-up errors": post(reverse("account_signup"), email="no")}
    answers |= {"sign-in errors": post(reverse("account_login"), login="a@b.example", password="wrong")}
    answers |= {"invitation": client.get(link, **speaks), "invitation errors": post(link, name="", passphrase="x")}
    answers |= {"no invitation": client.get("/invitation/nothing/", **speaks), "asked": post(f"{link}ask/")}
    client.force_login(staff)
    answers |= {name: get(name) for name in OWN}
    post(reverse("account_reauthenticate"), password=factories.PASSPHRASE)
    answers |= {name: get(name) for name in FACTORS}
    answers |= {"wrong first code": post(reverse("mfa_activate_totp"), code="1")}
    answers |= {"no passkey": post(reverse("mfa_add_webauthn"), credential="")}
    key = Authenticator.objects.create(user=with_codes(staff), type="webauthn", data={"name": "clé", "credential": {}})
    answers |= {f"{name} in use": get(name) for name in WITH_FACTORS}
    answers |= {name: get(name, key.pk) for name in ("mfa_edit_webauthn", "mfa_remove_webauthn")}
    key.delete()
    answers |= {"a code again": get("mfa_reauthenticate")}
    client.logout()
    sign_in(client, staff)
    answers |= {"second step": get("mfa_authenticate"), "wrong code": post(reverse("mfa_authenticate"), code="1")}
    client.force_login(staff)
    answers |= {"invitation of another": client.get(link, **speaks)}
    answers |= {"new token": post(reverse("account-tokens"), name="x", scopes="me:read", days="30")}
    answers |= {name: get(name, trois_ponts.public_id) for name in OF_ORGANISATION}
    facts = reverse("desk-organisation-facts", args=[trois_ponts.public_id])
    answers |= {"which town": post(facts, name="X", kind="union", town_text="saint-denis")}
    answers |= {"member": get("organisation-member", trois_ponts.public_id, bob.public_id)}
    other = factories.organisation(name="Trois Ponts bis", referent=charlie)
    answers |= {"merge": get("desk-organisation-merge", trois_ponts.public_id, absorbed=other.public_id)}
    answers |= {"person": get("desk-person", alice.public_id)}
    answers |= {"merge persons": get("desk-person-merge", alice.public_id, absorbed=charlie.public_id)}
    answers |= {"merge search": get("desk-person-merge", alice.public_id, q="char")}
    answers |= {"close": get("desk-person-close", bob.public_id)}
    answers |= {"close without a reason": post(reverse("desk-person-close", args=[bob.public_id]), reason="")}
    operations.close_account(person=charlie, reason="Compte volé, appelez-nous.", by=staff)
    answers |= {"closed": get("desk-person", charlie.public_id), **elsewhere_pages(client, get, bob)}
    assert {
        name: answer.status_code for name, answer in answers.items() if answer.status_code not in (200, 400, 404)
    } == {}
    return {name: answer.content.decode() for name, answer in answers.items()}


def elsewhere_pages(client, get, bob):
    """The pages of a host whose people sign in at Keycloak: what went wrong on the way, and what differs there."""
    door = elsewhere.FakeSignIn()
    with elsewhere.chosen(FakeSignOn(), door):
        answers = {"drift": get("desk-drift", factories.drift(bob).public_id)}
        gone = factories.drift(bob, what="unknown", kind="client", object_id="c", label="Forge", differences={})
        answers |= {"drift of a stranger": get("desk-drift", gone.public_id)}
        client.logout()
        answers |= {"lost on the way": get("account-elsewhere-return", state="x")}
    return answers


@axe.by_day_and_by_night
def test_axe_finds_nothing_and_no_page_is_too_wide(client, language, scheme, trois_ponts, alice, bob, charlie, staff):
    pages = written_pages(client, language, trois_ponts, alice, bob, charlie, staff)

    assert axe.problems_of(pages, language, scheme) == {}
