# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from archipel.agreements import personal
from archipel.agreements.models import Agreement
from tests import factories


def signed(trois_ponts, alice):
    site = factories.service("site", "Site", state="open")
    return factories.agreement(trois_ponts, site, state="agreed", agreed_by=alice, agreed_from="192.0.2.1")


def test_a_person_gets_the_agreements_they_were_referent_of(host, trois_ponts, alice, charlie):
    agreement = signed(trois_ponts, alice)

    rows = personal.export(alice)["agreements"]

    assert [(row["public_id"], row["agreed_from"], row["total_cents_a_year"]) for row in rows] == [
        (agreement.public_id, "192.0.2.1", 6000)
    ]
    assert personal.export(charlie) == {"agreements": []}


def test_forgetting_keeps_the_agreement_under_a_pseudonym(host, trois_ponts, alice):
    signed(trois_ponts, alice)

    kept = personal.forget(alice, "Personne 7k2m")

    agreement = Agreement.objects.get()
    assert (agreement.referent_name, agreement.agreed_from, agreement.state) == ("Personne 7k2m", None, "agreed")
    assert agreement.referent_email.endswith("@forgotten.invalid")
    assert len(kept) == 1


def test_forgetting_somebody_who_agreed_to_nothing_keeps_nothing(host, charlie):
    assert personal.forget(charlie, "Personne 7k2m") == []


def test_each_is_given_what_is_theirs_when_another_agreed(host, trois_ponts, alice, charlie):
    agreement = signed(trois_ponts, alice)
    Agreement.objects.filter(pk=agreement.pk).update(agreed_by=charlie, agreed_from="192.0.2.7")

    given = [personal.export(person)["agreements"][0] for person in (alice, charlie)]
    mine = {"name": agreement.referent_name, "email": agreement.referent_email}
    assert [(row["referent"], row["agreed_from"]) for row in given] == [(mine, None), (None, "192.0.2.7")]
