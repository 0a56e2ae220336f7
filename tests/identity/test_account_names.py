# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.identity import operations, personal, queries
from archipel.identity.models import AccountName
from archipel.kernel.refusals import Refusal
from tests import factories


def keep(person, application, user_name):
    return operations.keep_account_name(person=person, application=application, user_name=user_name)


def test_name_is_found_for_the_client_of_that_name(alice):
    nuage = factories.client("Nextcloud  Nuage")
    keep(alice, "nextcloud nuage", "amartin")
    assert (queries.account_name(nuage, alice), queries.account_name(factories.client("Git"), alice)) == (
        "amartin",
        None,
    )


def test_name_follows_the_client_it_was_linked_to(alice, bob, staff):
    nuage, other = factories.client("Nuage"), factories.client("nextcloud")
    keep(alice, "nextcloud", "amartin")
    assert operations.link_application(application="Nextcloud", client=nuage, by=staff) == 1
    keep(bob, "nextcloud", "bob")
    assert [queries.account_name(nuage, who) for who in (alice, bob)] == ["amartin", "bob"]
    assert queries.account_name(other, alice) is None
    assert operations.link_application(application="nextcloud", client=None, by=staff) == 2
    assert queries.account_name(other, alice) == "amartin"


def test_attack_two_people_never_have_one_name(alice, bob, staff):
    """Whoever got the name of another would open the other's files."""
    keep(alice, "git", "amartin")
    with pytest.raises(operations.UserNameTaken):
        keep(bob, "GIT", "amartin")
    nuage = factories.client("Nuage")
    keep(bob, "forge", "amartin")
    operations.link_application(application="git", client=nuage, by=staff)
    with pytest.raises(operations.UserNameTaken):
        operations.link_application(application="forge", client=nuage, by=staff)
    assert queries.account_name(nuage, bob) is None


def test_attack_a_name_that_came_in_after_the_link_is_not_that_of_another(alice, bob, staff):
    """Two applications of the former software became one: the name of one of them is taken in both."""
    nuage = factories.client("Nuage")
    keep(alice, "nextcloud", "amartin")
    keep(bob, "forge", "bob")
    operations.link_application(application="nextcloud", client=nuage, by=staff)
    operations.link_application(application="forge", client=nuage, by=staff)
    with pytest.raises(operations.UserNameTaken):
        keep(bob, "forge", "amartin")
    assert [queries.account_name(nuage, who) for who in (alice, bob)] == ["amartin", "bob"]


def test_attack_a_linked_name_and_one_of_the_same_application_are_never_told_of_two(alice, bob, staff):
    nuage = factories.client("Nuage")
    keep(alice, "nextcloud", "amartin")
    operations.link_application(application="nextcloud", client=nuage, by=staff)
    keep(bob, "nuage", "amartin")
    assert [queries.account_name(nuage, who) for who in (alice, bob)] == ["amartin", None]


def test_attack_nobody_is_called_by_the_identifier_of_another(alice, bob):
    with pytest.raises(operations.UserNameTaken):
        keep(bob, "nextcloud", alice.public_id)
    assert keep(alice, "nextcloud", alice.public_id)[0].user_name == alice.public_id


@pytest.mark.parametrize("name", ["", " amartin", "a\nb", "a\0b", "x" * 256])
def test_impossible_name_is_refused(alice, name):
    with pytest.raises(operations.InvalidUserName):
        keep(alice, "git", name)


def test_keeping_again_changes_the_name_and_can_be_taken_back(alice):
    keep(alice, "git", "old")
    row, before = keep(alice, "git", "new")
    assert (before, operations.take_back_account_name(name_id=row.pk, given="new", before="old")) == ("old", "")
    assert AccountName.objects.get().user_name == "old"
    assert operations.take_back_account_name(name_id=row.pk, given="new", before="") == "changed"
    assert operations.take_back_account_name(name_id=row.pk, given="old", before="") == ""
    assert (AccountName.objects.count(), operations.take_back_account_name(name_id=row.pk, given="x", before="")) == (
        0,
        "",
    )


def test_merging_moves_names_and_says_so_before(alice, bob, staff):
    keep(alice, "git", "amartin")
    keep(bob, "git", "bob")
    keep(bob, "nextcloud", "bob")
    lines = queries.merge_persons_preview(kept=alice, absorbed=bob)
    said = [line for line in [*lines.moves, *lines.conflicts] if "git" in line or "nextcloud" in line]
    operations.merge_persons(kept=alice, absorbed=bob, by=staff)
    names = dict(AccountName.objects.filter(person=alice).values_list("application", "user_name"))
    assert (len(said), names, AccountName.objects.filter(person=bob).count()) == (
        2,
        {"git": "amartin", "nextcloud": "bob"},
        0,
    )


def test_names_are_told_and_forgotten_with_the_person(alice):
    keep(alice, "git", "amartin")
    assert personal.export(alice)["names_in_applications"] == {"git": "amartin"}
    personal.forget(alice, "person-x")
    assert AccountName.objects.count() == 0


def test_applications_are_listed_with_their_client(alice, bob, staff):
    nuage = factories.client("Nuage")
    for who in (alice, bob):
        keep(who, "git", who.name)
    keep(alice, "nextcloud", "a")
    operations.link_application(application="nextcloud", client=nuage, by=staff)
    lines = [(line.application, line.names, line.client) for line in queries.applications_with_names()]
    assert lines == [("git", 2, None), ("nextcloud", 1, nuage)]


def test_keep_account_names_treats_each_as_if_it_were_alone(alice, bob, charlie):
    keep(alice, "git", "amartin")
    kept = operations.keep_account_names(
        names=[
            (bob, "git", "bob"),
            (charlie, "git", "bob"),
            (bob, "git", "bleroy"),
            (charlie, "git", "bob"),
            (charlie, "git", "amartin"),
            (alice, "git", "alice"),
            (charlie, "", "x"),
            (charlie, "git", charlie.public_id),
        ]
    )
    told = [one.code if isinstance(one, Refusal) else (one.row.user_name, one.before) for one in kept]
    assert told == [
        ("bleroy", ""),
        "user_name_taken",
        ("bleroy", "bob"),
        (charlie.public_id, ""),
        "user_name_taken",
        ("alice", "amartin"),
        "invalid_user_name",
        (charlie.public_id, "bob"),
    ]
    names = AccountName.objects.order_by("person__name").values_list("person__name", "user_name")
    assert list(names) == [
        ("Alice Martin", "alice"),
        ("Bob Leroy", "bleroy"),
        ("Charlie Petit", charlie.public_id),
    ]
