# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.identity import operations as identity
from archipel.identity.models import Entry, IssuedToken, SignIn, TokenKind
from archipel.kernel import clock
from archipel.kernel.references import digest, new_token
from archipel.organisations.models import Organisation
from archipel.spaces import operations
from archipel.spaces.entitlements import Entitlement, entitlement_of
from archipel.spaces.models import Space
from tests import factories

pytestmark = pytest.mark.django_db


def asked(space, person, verb="enter", size=None):
    """Return (allowed, reason, level) as the tables say now."""
    answer = entitlement_of(Space.objects.select_related("organisation").get(pk=space.pk), person, verb, size)
    return answer.allowed, answer.reason, answer.level


def hold(space, kind, effect):
    return operations.place_hold(space=space, kind=kind, effect=effect, reason="…", by=None)


def test_member_enters_stores_and_uploads_by_their_role(blog, bob):
    assert [asked(blog, bob, verb) for verb in ("enter", "store", "upload")] == [(True, "allowed", "organisation")] * 3


def test_own_role_is_decided_for_the_person(blog, alice, bob):
    operations.change_space_role(space=blog, person=bob, role="author", by=alice)

    assert asked(blog, bob) == (True, "allowed", "person")


def test_who_is_kept_out_is_told_so(blog, alice, bob):
    operations.change_space_role(space=blog, person=bob, role="", by=alice)

    assert asked(blog, bob, "store") == (False, "kept_out", "person")


@pytest.mark.parametrize("known", [True, False])
def test_stranger_and_nobody_get_the_same_answer(blog, charlie, known):
    hold(blog, "abuse", "suspended")

    assert asked(blog, charlie if known else None) == (False, "not_a_member", "organisation")


def test_who_belongs_and_is_given_no_entry_is_not_told_yes(blogs, staff):
    """What is answered is what the entries say: the roles of the host enter no space of its own."""
    here = factories.open_blog(Organisation.objects.get(kind="host"), "maison")
    assert not Entry.objects.filter(person=staff).exists()
    found = entitlement_of(here, staff, "enter")
    assert (found.allowed, found.reason, found.level) == (False, "role_does_not_include", "organisation")


def test_closed_account_may_nothing(blog, bob):
    bob.is_active = False
    bob.save()

    assert asked(blog, bob) == (False, "account_closed", "person")


@pytest.mark.parametrize(
    ("state", "reason"), [("opening", "not_open_yet"), ("closing", "closing"), ("deleted", "closing")]
)
def test_space_that_is_not_open_says_so(blog, bob, state, reason):
    Space.objects.filter(pk=blog.pk).update(state=state)

    assert asked(blog, bob) == (False, reason, "space")


def test_suspension_of_the_host_and_pause_of_the_organisation_are_told_apart(blog, bob):
    own = hold(blog, "own_wish", "suspended")
    assert asked(blog, bob) == (False, "paused", "organisation")

    hold(blog, "abuse", "suspended")
    assert asked(blog, bob) == (False, "held", "host")
    operations.lift_hold(hold=own, by=None)
    assert asked(blog, bob) == (False, "held", "host")


def test_read_only_space_is_entered_and_not_written_to(blog, bob):
    hold(blog, "unpaid", "read_only")

    assert [asked(blog, bob, verb)[1] for verb in ("enter", "store", "upload")] == ["allowed", "held", "held"]


def test_full_space_is_entered_and_takes_nothing_more(blog, bob):
    Space.objects.update(usage_bytes=10, quota_bytes=10)

    assert asked(blog, bob)[0]
    assert asked(blog, bob, "store") == (False, "full", "space")


def test_what_is_larger_than_the_room_left_is_not_taken(blog, bob):
    Space.objects.update(usage_bytes=4, quota_bytes=10)

    assert asked(blog, bob, "upload", 7) == (False, "no_room", "space")
    assert asked(blog, bob, "upload", 6)[0]


def test_missing_measure_says_no_to_nobody(blog, bob):
    Space.objects.update(usage_bytes=None, quota_bytes=0)

    assert asked(blog, bob, "upload", 7) == (True, "allowed", "organisation")


def test_treasurer_does_not_publish_a_website(site, trois_ponts):
    paule = factories.person("Paule", "paule@people.example")
    factories.role(trois_ponts, paule, "treasurer")

    assert asked(site, paule, "store") == (False, "role_does_not_include", "organisation")


def test_every_reason_has_its_words():
    reasons = [
        "allowed",
        "not_a_member",
        "kept_out",
        "account_closed",
        "not_open_yet",
        "closing",
        "paused",
        "held",
        "full",
        "no_room",
        "role_does_not_include",
    ]
    said = [
        (Entitlement(False, reason, "space").message, Entitlement(False, reason, "space").next) for reason in reasons
    ]

    assert len({message for message, _next in said}) == len(reasons)
    assert all(message and after for message, after in said)


def get(client, token, **query):
    answer = client.get("/api/entitlements", query, headers={"Authorization": f"Bearer {token}"})
    return answer.status_code, answer.json()


def token_of(person):
    return identity.issue_token(person=person, name="t", scopes=["spaces:read"])[1]


def issued_to(client, person=None):
    """Return an access token of an application: its own, or one it got when somebody signed in."""
    now, secret = clock.now(), new_token()
    sign_in = person and SignIn.objects.create(
        client=client, person=person, session_digest="0" * 64, sid="s", scopes=["openid"], signed_in_at=now,
        code_digest=digest(new_token()), code_expires_at=now, redirect_uri="https://x.example/", created_at=now,
        redeemed_at=now,
    )  # fmt: skip
    IssuedToken.objects.create(
        client=client, sign_in=sign_in, kind=TokenKind.ACCESS, digest=digest(secret), scopes=["openid"], issued_at=now,
        expires_at=now + timedelta(hours=1),
    )  # fmt: skip
    return secret


def test_person_asks_about_themselves_and_a_referent_about_others(client, blog, alice, bob, charlie):
    own = get(client, token_of(bob), space=blog.public_id, verb="enter")
    other = get(client, token_of(bob), space=blog.public_id, person=alice.public_id, verb="enter")
    by_referent = get(client, token_of(alice), space=blog.public_id, person=bob.public_id, verb="upload", size=3)
    about_stranger = get(client, token_of(alice), space=blog.public_id, person=charlie.public_id, verb="enter")
    by_stranger = get(client, token_of(charlie), space=blog.public_id, verb="enter")

    assert (own[0], own[1]["allowed"], own[1]["level"]) == (200, True, "organisation")
    assert other[0] == 403
    assert (by_referent[0], by_referent[1]["allowed"]) == (200, True)
    assert about_stranger[1]["reason"] == "not_a_member"
    assert by_stranger[0] == 404


def test_application_asks_about_its_own_people_in_its_own_space(client, blog, trois_ponts, alice, bob, charlie):
    other = factories.open_blog(trois_ponts, "autre")
    token = issued_to(blog.client)

    assert get(client, token, person=bob.public_id, verb="enter")[1]["allowed"]
    assert get(client, token, person=charlie.public_id, verb="enter")[1]["reason"] == "not_a_member"
    assert get(client, token, space=other.public_id, person=bob.public_id, verb="enter")[0] == 404


def test_application_with_the_token_of_somebody_asks_about_them_alone(client, blog, alice, bob):
    token = issued_to(blog.client, bob)

    assert get(client, token, verb="enter")[1]["allowed"]
    assert get(client, token, person=alice.public_id, verb="enter")[1]["reason"] == "not_a_member"


def test_application_of_no_space_and_a_dead_token_ask_in_vain(client, blog, bob):
    assert get(client, issued_to(factories.client("Forge")), person=bob.public_id, verb="enter")[0] == 404
    assert get(client, "nothing", verb="enter")[0] == 401


def test_verb_that_is_none_is_refused(client, blog, alice):
    assert get(client, token_of(alice), space=blog.public_id, verb="fly")[0] == 422
