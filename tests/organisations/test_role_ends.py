# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

import pytest

from archipel.history import queries as history
from archipel.identity.models import Entry
from archipel.kernel import clock
from archipel.mailing.models import Email
from archipel.organisations import operations, queries
from archipel.organisations.models import Membership
from tests import factories


def plan(organisation, person, role, days):
    last_day = None if days is None else clock.today() + timedelta(days=days)
    return operations.plan_role_end(
        organisation=organisation, person=person, role=role, last_day=last_day, by=queries.referents_of(organisation)[0]
    )


def overdue(organisation, person, role):
    """A role whose last day was yesterday, as time brings it about."""
    plan(organisation, person, role, 0)
    Membership.objects.filter(organisation=organisation, person=person).update(
        last_day=clock.today() - timedelta(days=2)
    )


def test_plan_role_end_is_written_once_and_can_be_dropped(trois_ponts, bob):
    for days in (30, 30, None):
        plan(trois_ponts, bob, "member", days)

    told = [line.what for line in history.of_organisation(trois_ponts.public_id).lines]
    assert told[:2] == ["organisations.role_end_dropped", "organisations.role_end_planned"]
    assert told.count("organisations.role_end_planned") == 1


def test_plan_role_end_refuses_a_day_that_is_over(trois_ponts, bob):
    with pytest.raises(operations.EndInThePast):
        plan(trois_ponts, bob, "member", -1)


def test_plan_role_end_refuses_a_role_nobody_holds(trois_ponts, charlie):
    with pytest.raises(operations.NotOneOfThem):
        plan(trois_ponts, charlie, "member", 1)


def test_end_due_roles_ends_what_is_over_and_nothing_else(trois_ponts, bob, charlie):
    client = factories.client()
    operations.open_application(organisation=trois_ponts, client=client, by=None)
    operations.change_role(organisation=trois_ponts, person=charlie, role="member", last_day=clock.today(), by=None)
    overdue(trois_ponts, bob, "member")
    before = Entry.objects.filter(person=bob).count()

    assert [operations.end_due_roles(), operations.end_due_roles()] == [1, 0]

    assert [role.person.name for role in queries.people_of(trois_ponts)] == ["Alice Martin", "Charlie Petit"]
    assert (before, Entry.objects.filter(person=bob).count()) == (1, 0)
    mails = Email.objects.filter(to_address=bob.email, name="organisations/removed")
    assert mails.count() == 1


def test_end_due_roles_leaves_the_last_referent_and_says_so(trois_ponts, alice):
    overdue(trois_ponts, alice, "referent")

    assert operations.end_due_roles() == 0

    lines = [(line.badge, line.title) for line in queries.today_lines() if line.kind == "referent"]
    assert next(role.person.name for role in queries.people_of(trois_ponts)) == "Alice Martin"
    assert lines == [("Rôle terminé", trois_ponts.name)]


def test_member_page_plans_the_end_of_a_role(client, trois_ponts, alice, bob):
    client.force_login(alice)
    last_day = clock.today() + timedelta(days=90)
    address = f"/organisations/{trois_ponts.public_id}/people/{bob.public_id}/"

    client.post(address, {"role": "treasurer", "last_day": last_day.isoformat()})
    refused = client.post(address, {"role": "treasurer", "last_day": "2001-01-01"})

    assert list(Membership.objects.filter(person=bob, ended_at=None).values_list("role", "last_day")) == [
        ("treasurer", last_day)
    ]
    assert refused.context["form"].errors.get_json_data()["last_day"][0]["message"][:11] in (
        "This day is",
        "Ce jour est",
    )
