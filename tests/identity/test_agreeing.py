# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from dataclasses import replace

from archipel.identity.agreeing import agree, compared, from_state, to_state
from archipel.identity.ports import ClientSpec, EntrySpec, PersonSpec

BOB = PersonSpec("bob", "Bob Leroy", "bob@trois-ponts.example", groups=frozenset({"a", "b"}), passphrase_hash="secret")


def test_what_is_stored_reads_back_without_hash_or_secret():
    client = ClientSpec("c", "Nuage", redirect_uris=frozenset({"https://b/", "https://a/"}), secret="secret")
    assert [from_state("person", to_state(BOB)), from_state("client", to_state(client))] == [BOB, client]
    assert "secret" not in f"{to_state(BOB)}{to_state(client)}"


def test_field_of_a_newer_release_has_its_default():
    assert from_state("entry", {"client_id": "c", "person_id": "p"}) == EntrySpec("c", "p")
    assert from_state("entry", {"client_id": "c", "person_id": "p", "unknown": 1}) == EntrySpec("c", "p")


def test_our_change_is_taken_and_theirs_is_left_and_told():
    ours, theirs = replace(BOB, name="Bob Le Roy"), replace(BOB, language="en")
    agreement = agree(ours, BOB, theirs)
    assert agreement.wanted == replace(BOB, name="Bob Le Roy", language="en")
    assert agreement.drifted == {"language": {"here": "fr", "there": "en"}}


def test_sets_agree_member_by_member():
    ours, theirs = replace(BOB, groups=frozenset({"b", "c"})), replace(BOB, groups=frozenset({"a", "b", "x"}))
    agreement = agree(ours, BOB, theirs)
    assert agreement.wanted.groups == {"b", "c", "x"}
    assert agreement.drifted == {"groups": {"here": ["b", "c"], "there": ["a", "b", "x"]}}


def test_who_is_closed_here_is_closed_there_whatever_was_changed():
    closed = replace(BOB, enabled=False)
    assert agree(closed, closed, BOB).wanted.enabled is False


def test_without_an_agreement_what_is_here_counts():
    assert agree(BOB, None, replace(BOB, name="Robert")).wanted == BOB


def test_ids_and_secrets_are_not_compared():
    assert compared(EntrySpec("c", "p")) == ["roles"]
    assert "passphrase_hash" not in compared(BOB)
