# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.test import Client

from archipel.history import queries as history
from archipel.identity import operations as identity
from archipel.identity.models import Entry, Session
from archipel.mailing.models import Email
from archipel.organisations import operations, queries
from archipel.organisations.models import Role
from tests import factories


def close(person, by, reason="Votre phrase de passe circule : appelez-nous."):
    return operations.close_account(person=person, reason=reason, by=by)


def test_close_account_ends_everything_at_once_and_deletes_nothing(trois_ponts, bob, staff):
    client = factories.client()
    operations.open_application(organisation=trois_ponts, client=client, by=None)
    browser = Client()
    browser.force_login(bob)

    close(bob, staff)
    close(bob, staff)

    bob.refresh_from_db()
    assert (bob.is_active, Session.objects.filter(person=bob).count(), Entry.objects.filter(person=bob).count()) == (
        False,
        0,
        0,
    )
    assert browser.get("/home/").status_code == 302
    assert [role.role for role in queries.roles_of(bob)] == ["member"]
    assert Email.objects.filter(to_address=bob.email, name="identity/account_closed").count() == 1
    told = [line.what for line in history.of_object("person", bob.public_id).lines]
    assert told.count("identity.account_closed") == 1


def test_closed_account_signs_in_no_more_and_opens_again_as_before(client, trois_ponts, bob, staff):
    application = factories.client()
    operations.open_application(organisation=trois_ponts, client=application, by=None)
    bob.set_password("une phrase de passe bien longue")
    bob.save()
    typed = {"login": bob.email, "password": "une phrase de passe bien longue"}
    close(bob, staff)

    refused = client.post("/account/login/", typed)
    inside = client.get("/home/").status_code
    operations.reopen_account(person=bob, by=staff)
    client.post("/account/login/", typed)

    assert (refused.status_code, inside, client.get("/home/").status_code) == (302, 302, 200)
    assert refused.url == "/account/inactive/"
    assert Entry.objects.filter(person=bob, client=application).count() == 1
    assert Email.objects.filter(to_address=bob.email, name="identity/account_reopened").count() == 1


def test_close_account_refuses_ones_own(staff):
    with pytest.raises(operations.OwnAccount):
        close(staff, staff)


def test_close_account_refuses_the_only_administrator(reviewer):
    home = factories.host_organisation()
    boss = factories.person(name="Ana Kern", email="ana@host.example")
    operations.give_role(organisation=home, person=boss, role=Role.ADMINISTRATOR)
    others = [role.person for role in queries.people_of(home) if role.role == Role.ADMINISTRATOR]

    for person in others[1:]:
        close(person, reviewer)
    with pytest.raises(operations.LastReferent):
        close(others[0], reviewer)


def test_close_account_says_why(bob, staff):
    with pytest.raises(identity.ReasonNeeded):
        close(bob, staff, reason="  ")


def test_close_account_refuses_who_is_forgotten(bob, staff):
    identity.forget_person(person=bob, pseudonym="Personne oubliée")
    with pytest.raises(identity.AccountGone):
        close(bob, staff)


def test_organisation_whose_referent_is_closed_is_on_today(trois_ponts, alice, staff):
    before = [line.title for line in queries.today_lines() if line.kind == "referent"]
    close(alice, staff)
    after = [line.title for line in queries.today_lines() if line.kind == "referent"]
    assert (before, after) == ([], [trois_ponts.name])


def test_desk_closes_and_opens_again(client, bob, staff):
    client.force_login(staff)
    address = f"/desk/people/{bob.public_id}/"

    empty = client.post(f"{address}close/", {"reason": ""})
    client.post(f"{address}close/", {"reason": "Compte volé, appelez-nous."})
    page = client.get(address).content.decode()
    client.post(f"{address}reopen/")

    assert (empty.status_code, "Compte volé, appelez-nous." in page) == (200, True)
    bob.refresh_from_db()
    assert (bob.is_active, bob.closed_because) == (True, "")
