# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.contrib.auth.models import AnonymousUser

from archipel.host.parameters import ROLES
from archipel.identity import operations as identity
from archipel.kernel.refusals import NotAllowed, NotFound
from archipel.organisations import access
from archipel.organisations.models import Role
from archipel.organisations.rights import DESK_VERBS, ORGANISATION_VERBS
from tests import factories
from tests.identity.factors import with_codes

# Written by hand from the architecture, not from the code it checks.
IN_ORGANISATION = {
    "referent": {
        "read", "write", "invite", "remove", "agree", "publish", "export", "close", "see_history", "pay",
    },
    "treasurer": {"read", "write", "pay", "see_history"},
    "member": {"read", "write", "publish"},
}  # fmt: skip
AT_DESK = {
    "reviewer": {"today", "decide", "write", "see_organisations", "waves", "history", "people"},
    "support": {"today", "write", "see_organisations", "people", "report", "hold", "mail", "history"},
    "host_treasurer": {"today", "see_organisations", "history"},
    "editor": {"today", "catalogue", "waves"},
    "administrator": {
        "today", "decide", "write", "see_organisations", "people", "catalogue", "operate", "hold", "delete", "report",
        "mail", "waves", "settings", "history",
    },
}  # fmt: skip
# What a role of the host opens in an organisation that is hosted.
FROM_DESK = {
    "reviewer": {"read", "invite", "remove", "see_history"},
    "support": {"read", "invite", "remove", "see_history"},
    "host_treasurer": {"read", "see_history"},
    "editor": set(),
    "administrator": {"read", "invite", "remove", "see_history"},
}
IN_HOST = {
    "reviewer": {"read", "see_history"},
    "support": {"read", "see_history"},
    "host_treasurer": {"read", "see_history"},
    "editor": set(),
    "administrator": ORGANISATION_VERBS,
}


@pytest.mark.parametrize("role", IN_ORGANISATION)
def test_role_in_an_organisation_allows_exactly(role, charlie, trois_ponts):
    factories.role(trois_ponts, charlie, role)

    allowed = {verb for verb in ORGANISATION_VERBS if access.person_may(charlie, trois_ponts, verb)}

    assert allowed == IN_ORGANISATION[role]


@pytest.mark.parametrize("role", AT_DESK)
def test_role_at_the_host_allows_exactly(role, trois_ponts, host):
    person = factories.host_person(roles=[role])

    desk = {verb for verb in DESK_VERBS if access.desk_may(person, verb)}
    hosted = {verb for verb in ORGANISATION_VERBS if access.person_may(person, trois_ponts, verb)}
    home = {verb for verb in ORGANISATION_VERBS if access.person_may(person, factories.host_organisation(), verb)}

    assert (desk, hosted, home) == (AT_DESK[role], FROM_DESK[role], IN_HOST[role])


def test_role_that_ended_allows_nothing(trois_ponts, bob):
    trois_ponts_roles = access.Membership.objects.filter(person=bob)
    trois_ponts_roles.update(ended_at=trois_ponts.created_at)

    assert [verb for verb in ORGANISATION_VERBS if access.person_may(bob, trois_ponts, verb)] == []


def test_role_in_one_organisation_opens_no_other(alice, trois_ponts):
    other = factories.organisation(name="Le Lavoir")

    assert [verb for verb in ORGANISATION_VERBS if access.person_may(alice, other, verb)] == []


def test_closed_account_may_nothing(alice, trois_ponts):
    alice.is_active = False

    assert [verb for verb in ORGANISATION_VERBS if access.person_may(alice, trois_ponts, verb)] == []


def test_organisation_of_gives_it_to_its_people_and_to_the_desk(alice, bob, reviewer, trois_ponts):
    found = {access.organisation_of(person, trois_ponts.public_id) for person in (alice, bob, reviewer)}

    assert found == {trois_ponts}


def test_organisation_of_does_not_exist_for_others(charlie, trois_ponts, host):
    editor = factories.host_person(roles=["editor"])

    for person in (charlie, editor, AnonymousUser()):
        with pytest.raises(NotFound):
            access.organisation_of(person, trois_ponts.public_id)


def test_organisation_of_unknown_id_does_not_exist(alice, staff):
    for person in (alice, staff):
        with pytest.raises(NotFound):
            access.organisation_of(person, "nothing-here")


def test_organisation_of_follows_a_merge(alice, trois_ponts):
    old = factories.organisation(name="Trois Ponts", merged_into=trois_ponts)

    assert access.organisation_of(alice, old.public_id) == trois_ponts


def test_require_refuses_members_and_hides_from_strangers(bob, charlie, trois_ponts):
    with pytest.raises(NotAllowed):
        access.require(bob, trois_ponts, "invite")
    with pytest.raises(NotFound):
        access.require(charlie, trois_ponts, "invite")


def test_require_desk_refuses_the_host_and_hides_from_others(reviewer, alice):
    with pytest.raises(NotAllowed):
        access.require_desk(reviewer, "settings")
    with pytest.raises(NotFound):
        access.require_desk(alice, "settings")


def test_roles_and_which_need_a_factor_are_read_once_for_a_person(alice, trois_ponts, django_assert_num_queries):
    with django_assert_num_queries(2):
        access.person_may(alice, trois_ponts, "read")
        access.person_may(alice, trois_ponts, "invite")
        access.desk_may(alice, "today")


def fresh(person):
    """The person as the next page reads them."""
    return type(person).objects.get(pk=person.pk)


@pytest.mark.parametrize("role", AT_DESK)
def test_role_that_needs_a_second_factor_opens_nothing_without_one(host, role):
    who = factories.host_person("Noé Abgrall", "noe@lescale.example", [role])
    factories.second_factor_for(role)
    without = (access.desk_verbs(fresh(who)), access.waits_for_second_factor(fresh(who)))
    with_codes(who)
    opened = (access.desk_verbs(fresh(who)), access.waits_for_second_factor(fresh(who)))

    assert (without, opened) == ((frozenset(), {role}), (frozenset(AT_DESK[role]), frozenset()))


def test_whole_desk_of_a_real_host_needs_a_second_factor(staff):
    from archipel.host.models import Parameter

    Parameter.objects.all().delete()

    assert (access.desk_may(fresh(staff), "settings"), access.waits_for_second_factor(fresh(staff))) == (
        False, {"administrator"},
    )  # fmt: skip


def test_other_roles_of_a_person_stay_open(host, trois_ponts):
    who = factories.host_person("Noé Abgrall", "noe@lescale.example", ["administrator", "editor"])
    factories.role(trois_ponts, who, "member")
    factories.second_factor_for("administrator")

    opened = (access.desk_may(fresh(who), "settings"), access.desk_may(fresh(who), "catalogue"))
    assert (opened, access.person_may(fresh(who), trois_ponts, "read")) == ((False, True), True)


def test_role_of_an_organisation_may_need_one_too(client, host, alice, trois_ponts):
    factories.second_factor_for("referent")
    client.force_login(alice)
    path = f"/organisations/{trois_ponts.public_id}/"
    led = client.get(path)["Location"]
    with_codes(alice)

    assert (led, client.get(path).status_code) == (
        f"/account/second-factor/needed/?next={path.replace('/', '%2F')}",
        200,
    )


def test_programs_are_told_that_a_second_factor_is_missing(client, staff):
    factories.second_factor_for("administrator")
    _token, secret = identity.issue_token(
        person=staff, name="x", scopes=["procedures:read", "me:read", "requests:decide"]
    )
    bearer = {"HTTP_AUTHORIZATION": f"Bearer {secret}"}

    closed, own = client.get("/api/today", **bearer), client.get("/api/me", **bearer)

    assert (closed.status_code, closed.json()["code"], own.status_code) == (403, "second_factor_needed", 200)


def test_roles_that_may_need_a_second_factor_are_the_roles_there_are():
    assert set(ROLES) == set(Role.values)
