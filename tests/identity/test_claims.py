# SPDX-License-Identifier: AGPL-3.0-or-later
"""What an application is told of a person: what the host chose, and only by the entries they have there."""

from __future__ import annotations

from datetime import timedelta

import pytest
import time_machine

from archipel.identity import operations
from archipel.identity.subjects import subject_of
from archipel.kernel import clock
from tests import factories
from tests.identity import asking

pytestmark = pytest.mark.usefixtures("host")
ALL = ["organisations", "roles", "groups", "quota"]


def _told(browser, application, secret):
    given = asking.tokens(browser, application, secret, scope="openid")
    told = asking.userinfo(browser, given["access_token"]).json()
    in_token = asking.claims_of(given["id_token"])
    assert {name: in_token[name] for name in ALL if name in in_token} == {
        name: told[name] for name in ALL if name in told
    }
    return told


def test_the_id_token_says_who_when_and_how(client, cloud, bob):
    asking.let_in(cloud[0], bob)
    client.post("/account/login/", {"login": bob.email, "password": factories.PASSPHRASE})

    with time_machine.travel(clock.now() + timedelta(minutes=10), tick=False):
        claims = asking.claims_of(asking.tokens(client, *cloud)["id_token"])

    assert {name: claims[name] for name in ("iss", "aud", "sub", "nonce", "amr")} == {
        "iss": "http://testserver", "aud": cloud[0].public_id, "sub": bob.public_id, "nonce": "n-1", "amr": ["pwd"]
    }  # fmt: skip
    assert (claims["exp"] - claims["iat"], 599 <= claims["iat"] - claims["auth_time"] <= 602) == (3600, True)
    assert set(claims) == {
        "iss",
        "sub",
        "aud",
        "iat",
        "exp",
        "auth_time",
        "sid",
        "at_hash",
        "amr",
        "nonce",
        "preferred_username",
    }


def test_nothing_is_told_that_was_not_chosen(inside, cloud, bob):
    operations.give_entry(client=cloud[0], person=bob, through="organisation:b", roles=["referent"])

    assert _told(inside, *cloud) == {"sub": bob.public_id}


def test_attack_a_claim_chosen_after_the_consent_is_not_told_before_the_next_one(inside, bob):
    """An application that the host does not run keeps its tokens for weeks: they carry what was allowed, no more."""
    away, secret = asking.registered("Ailleurs", asks_consent=True, claims=["quota"])
    asking.let_in(away, bob, through="organisation:b", roles=("referent",))
    operations.give_consent(client=away, person=bob, scopes=["openid", "offline_access"])
    given = asking.tokens(inside, away, secret, scope="openid offline_access")

    away = operations.change_client(client=away, changes={"claims": ["roles", "quota"]}, by=None)
    renewed = asking.refresh(inside, away, secret, given["refresh_token"]).json()
    told = [asking.userinfo(inside, renewed["access_token"]).json(), asking.claims_of(renewed["id_token"])]
    assert ["roles" in claims for claims in told] == [False, False]

    operations.give_consent(client=away, person=bob, scopes=["openid"])
    assert asking.userinfo(inside, renewed["access_token"]).json()["roles"] == ["referent"]


def test_chosen_claims_follow_the_entries(client, bob, trois_ponts):
    cloud, secret = asking.registered(claims=ALL)
    space = factories.space(trois_ponts, quota_bytes=7 * 10**9)
    asking.let_in(cloud, bob, through=f"organisation:{trois_ponts.public_id}", roles=("member", "editor"))
    asking.let_in(cloud, bob, through=f"space:{space.public_id}", roles=("admin",))
    client.force_login(bob)

    told = _told(client, cloud, secret)

    key = trois_ponts.public_id
    assert told == {
        "sub": bob.public_id,
        "organisations": [{"id": key, "name": trois_ponts.name, "roles": ["editor", "member"]}],
        "roles": ["admin", "editor", "member"],
        "groups": [key, f"{key}:editor", f"{key}:member"],
        "quota": 7 * 10**9,
    }


def test_an_application_of_one_organisation_reads_nothing_of_another(client, bob, trois_ponts):
    """Bob belongs to two organisations; each has an application of its own."""
    other = factories.organisation("Le Phare", members=[bob])
    ours, our_secret = asking.registered("Nuage des Trois-Ponts", claims=ALL)
    theirs, their_secret = asking.registered("Nuage du Phare", claims=ALL)
    asking.let_in(ours, bob, through=f"organisation:{trois_ponts.public_id}", roles=("member",))
    asking.let_in(theirs, bob, through=f"organisation:{other.public_id}", roles=("member",))
    client.force_login(bob)

    told = [_told(client, *pair)["organisations"] for pair in ((ours, our_secret), (theirs, their_secret))]

    assert [[row["id"] for row in rows] for rows in told] == [[trois_ponts.public_id], [other.public_id]]


def test_a_pairwise_subject_stays_when_the_application_moves(client, bob):
    moved = asking.registered("Nuage", subject="pairwise", redirect_uris=["https://old.example/back"])[0]
    before = subject_of(moved, bob)

    changed = operations.change_client(
        client=moved, changes={"redirect_uris": ["https://new.example/back"], "sector": ""}, by=None
    )

    assert (changed.sector, subject_of(changed, bob)) == ("old.example", before)


def test_a_pairwise_subject_is_another_in_each_sector(client, bob):
    addresses = ["https://one.example/a", "https://one.example/b", "https://two.example/a"]
    pairs = [
        asking.registered(f"Application {n}", subject="pairwise", redirect_uris=[a]) for n, a in enumerate(addresses)
    ]
    for application, _secret in pairs:
        asking.let_in(application, bob)
    client.force_login(bob)

    subjects = [_told(client, *pair)["sub"] for pair in pairs]
    again = _told(client, *pairs[0])["sub"]

    assert (subjects[0] == subjects[1], subjects[0] == subjects[2], again == subjects[0]) == (True, False, True)
    assert bob.public_id not in subjects


def test_who_moved_in_is_called_as_before(inside, cloud, bob):
    before = asking.claims_of(asking.tokens(inside, *cloud)["id_token"])["preferred_username"]
    factories.account_name(bob, cloud[0].name.casefold(), "bleroy")

    given = asking.tokens(inside, *cloud)

    told = asking.userinfo(inside, given["access_token"]).json()
    in_token = asking.claims_of(given["id_token"])
    assert (before, told["preferred_username"], in_token["preferred_username"]) == (bob.public_id, "bleroy", "bleroy")


def test_what_changed_since_is_told_as_it_is_now(inside, cloud, bob):
    given = asking.tokens(inside, *cloud)

    operations.change_profile(person=bob, name="Bob Le Roy", language="en")

    told = asking.userinfo(inside, given["access_token"]).json()
    assert (told["name"], told["locale"]) == ("Bob Le Roy", "en")


def test_a_pseudonym_is_told_but_is_never_the_user_name(inside, cloud, bob):
    """Somebody who calls themselves as another is called inside an application does not get their files."""
    given = asking.tokens(inside, *cloud)
    before = asking.userinfo(inside, given["access_token"]).json()
    operations.change_profile(person=bob, name=bob.name, language="fr", pseudonym="alice")

    after = asking.userinfo(inside, given["access_token"]).json()

    assert ("nickname" in before, after["nickname"], after["preferred_username"]) == (False, "alice", bob.public_id)
