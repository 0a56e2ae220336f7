# SPDX-License-Identifier: AGPL-3.0-or-later
"""Leaving: here, at the wish of an application, and at the applications that listen."""

from __future__ import annotations

import pytest

from archipel.connectors.backchannel.fake import FakeLogout
from archipel.identity import operations, queries
from archipel.identity.events import SignInEnded
from archipel.identity.models import Entry, IssuedToken, SignIn
from archipel.identity.operations.logging_out import EVENT
from archipel.kernel.outside import TryLater
from archipel.outbox import facts
from archipel.outbox.models import Job
from tests.identity import asking

pytestmark = pytest.mark.usefixtures("host")
HOME = "https://nuage.example/bye?from=archipel"
LISTENS = "https://nuage.example/backchannel"


@pytest.fixture
def cloud(host):
    """An application that takes back-channel logout and leads back after a sign-out."""
    return asking.registered(post_logout_redirect_uris=[HOME], backchannel_logout_uri=LISTENS)


def told():
    """What the worker will tell applications."""
    jobs = Job.objects.filter(name="archipel.identity.tasks.tell_signed_out").order_by("pk")
    return [facts.from_json(job.payload) for job in jobs]


def _works(browser, given):
    return asking.userinfo(browser, given["access_token"]).status_code == 200


# At the wish of the application


def test_a_proved_wish_signs_out_at_once_and_leads_back(inside, cloud):
    given = asking.tokens(inside, *cloud)

    asked = {"id_token_hint": given["id_token"], "post_logout_redirect_uri": HOME, "state": "s-9"}
    answer = inside.get("/oidc/end-session", asked, HTTP_SEC_FETCH_SITE="cross-site")

    assert (answer.status_code, answer["Location"]) == (302, f"{HOME}&state=s-9")
    assert ("_auth_user_id" in inside.session, _works(inside, given)) == (False, False)


def test_a_wish_without_proof_is_asked_about(inside, cloud):
    given = asking.tokens(inside, *cloud)
    asked = {"client_id": cloud[0].public_id, "post_logout_redirect_uri": HOME}

    page = inside.get("/oidc/end-session", asked)
    still = ("_auth_user_id" in inside.session, _works(inside, given))
    left = inside.post("/oidc/leave", {"asked": page.context["asked"]})

    assert (page.status_code, still) == (200, (True, True))
    assert (f"url={HOME}" in left.content.decode(), "_auth_user_id" in inside.session) == (True, False)


def test_nobody_is_led_to_an_address_that_was_not_registered(inside, cloud):
    given = asking.tokens(inside, *cloud)
    for address in ("https://evil.example/", f"{HOME}&more=1", "//evil.example"):
        asked = {"id_token_hint": given["id_token"], "post_logout_redirect_uri": address}

        page = inside.get("/oidc/end-session", asked).content.decode()

        assert ["http-equiv" in page, f'href="{address}' in page] == [False, False]


def test_a_token_of_another_session_proves_nothing(inside, cloud, client, bob):
    elsewhere = type(client)()
    elsewhere.force_login(bob)
    given = asking.tokens(elsewhere, *cloud)

    answer = inside.get("/oidc/end-session", {"id_token_hint": given["id_token"], "post_logout_redirect_uri": HOME})

    assert (answer.status_code, "_auth_user_id" in inside.session) == (200, True)


def test_a_token_of_one_application_says_nothing_for_another(inside, cloud):
    other, _secret = asking.registered("Forum", post_logout_redirect_uris=["https://forum.example/"])
    given = asking.tokens(inside, *cloud)

    asked = {
        "id_token_hint": given["id_token"],
        "client_id": other.public_id,
        "post_logout_redirect_uri": "https://forum.example/",
    }
    answer = inside.get("/oidc/end-session", asked)

    assert (answer.status_code, "forum.example" in answer.content.decode()) == (200, True)
    assert "_auth_user_id" in inside.session


def test_who_is_out_already_is_led_back(client, cloud):
    answer = client.get(
        "/oidc/end-session",
        {"client_id": cloud[0].public_id, "post_logout_redirect_uri": HOME},
        HTTP_SEC_FETCH_SITE="cross-site",
    )

    assert (answer.status_code, answer["Location"]) == (302, HOME)


# Everything that ends a sign-in


def _sign_out_here(browser, bob, staff):
    browser.post("/account/logout/")


def _lose_entry(browser, bob, staff):
    operations.end_entries_through(through="organisation:a")


def _change_passphrase(browser, bob, staff):
    operations.set_passphrase(person=bob, passphrase="cinq voiles rouges dans la brume")


def _change_passphrase_in_the_page(browser, bob, staff):
    new = {"oldpassword": "quatre bateaux bleus au port", "password1": "cinq voiles rouges dans la brume"}
    assert browser.post("/account/password/change/", new).status_code == 302


def _forget(browser, bob, staff):
    operations.forget_person(person=bob, pseudonym="Sterne")


def _close(browser, bob, staff):
    operations.close_client(client=SignIn.objects.get().client, by=staff)


def _withdraw(browser, bob, staff):
    operations.withdraw_consent(client=SignIn.objects.get().client, person=bob)


def _merge(browser, bob, staff):
    operations.merge_persons(kept=staff, absorbed=bob, by=staff)


@pytest.mark.parametrize(
    "act",
    [
        _sign_out_here,
        _lose_entry,
        _change_passphrase,
        _change_passphrase_in_the_page,
        _forget,
        _close,
        _withdraw,
        _merge,
    ],
)
def test_what_ends_a_sign_in_ends_its_tokens_and_is_told(inside, cloud, bob, staff, act):
    given = asking.tokens(inside, *cloud)
    sid, subject = asking.claims_of(given["id_token"])["sid"], bob.public_id
    client_id = cloud[0].public_id

    act(inside, bob, staff)

    assert (_works(inside, given), IssuedToken.objects.count()) == (False, 0)
    assert told() == [SignInEnded(client_id=client_id, subject=subject, sid=sid)]


def test_an_entry_that_remains_keeps_the_sign_in(inside, cloud, bob):
    asking.let_in(cloud[0], bob, through="organisation:b")
    given = asking.tokens(inside, *cloud)

    operations.end_entries_through(through="organisation:a")

    assert (_works(inside, given), told()) == (True, [])


def test_a_code_that_nobody_redeemed_is_told_to_nobody(inside, cloud):
    code = asking.code_for(inside, cloud[0])

    inside.post("/account/logout/")

    assert (asking.error_of(asking.redeem(inside, *cloud, code)), told()) == ("invalid_grant", [])


def test_signing_out_here_leaves_other_devices_in(inside, cloud, client, bob):
    elsewhere = type(client)()
    elsewhere.force_login(bob)
    here, there = asking.tokens(inside, *cloud), asking.tokens(elsewhere, *cloud)

    inside.post("/account/logout/")

    assert (_works(inside, here), _works(elsewhere, there)) == (False, True)
    assert asking.claims_of(here["id_token"])["sid"] != asking.claims_of(there["id_token"])["sid"]


def test_two_sign_ins_of_one_session_are_told_once(inside, cloud):
    first, second = asking.tokens(inside, *cloud), asking.tokens(inside, *cloud)

    inside.post("/account/logout/")

    assert asking.claims_of(first["id_token"])["sid"] == asking.claims_of(second["id_token"])["sid"]
    assert len(told()) == 1


def test_rows_alone_decide_even_where_no_operation_ran(inside, cloud):
    """What a restored back-up or a hand in the database takes away is gone for every endpoint."""
    given = asking.tokens(inside, *cloud)
    code = asking.code_for(inside, cloud[0])

    Entry.objects.all().delete()

    assert _works(inside, given) is False
    assert asking.introspected(inside, *cloud, given["access_token"]) == {"active": False}
    assert asking.error_of(asking.refresh(inside, *cloud, given["refresh_token"])) == "invalid_grant"
    assert asking.error_of(asking.redeem(inside, *cloud, code)) == "invalid_grant"
    assert asking.ask(inside, cloud[0]).status_code == 403


# What is sent


def test_the_logout_token_says_what_the_protocol_wants(inside, cloud, bob):
    given = asking.tokens(inside, *cloud)
    inside.post("/account/logout/")
    fact, outside = told()[0], FakeLogout()

    operations.tell_signed_out(client_id=fact.client_id, subject=fact.subject, sid=fact.sid, outside=outside)

    address, token = outside.sent[0]
    claims = asking.claims_of(token)
    assert (address, claims["iss"], claims["aud"], claims["sub"]) == (
        LISTENS,
        "http://testserver",
        cloud[0].public_id,
        bob.public_id,
    )
    assert (claims["sid"], claims["events"]) == (asking.claims_of(given["id_token"])["sid"], {EVENT: {}})
    assert ("nonce" in claims, claims["exp"] - claims["iat"], len(claims["jti"]) > 40) == (False, 120, True)


def test_an_application_that_is_silent_is_asked_again(cloud):
    outside = FakeLogout()
    outside.silent.add(LISTENS)

    with pytest.raises(TryLater):
        operations.tell_signed_out(client_id=cloud[0].public_id, subject="s", sid="x", outside=outside)


def test_an_application_that_does_not_listen_is_left_alone(host):
    deaf, _secret = asking.registered("Sourde")
    outside = FakeLogout()

    sent = operations.tell_signed_out(client_id=deaf.public_id, subject="s", sid="x", outside=outside)

    assert (sent, outside.sent) == (False, [])


def test_the_time_somebody_can_stay_is_known_or_said_to_be_unknown(cloud):
    slow, _secret = asking.registered("Lente", session_minutes=90)
    unknown, _secret = asking.registered("Inconnue")

    assert [queries.remaining_minutes(one) for one in (cloud[0], slow, unknown)] == [1, 90, None]
