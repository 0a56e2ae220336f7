# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest
from django.apps import apps

from archipel.history import queries as history
from archipel.identity import merging as identity_merging
from archipel.identity import operations as identity_operations
from archipel.identity.models import Person
from archipel.organisations import merging, operations, queries
from archipel.organisations.models import FormerReference, Invitation, MailDomain, Organisation
from tests import factories

pytestmark = pytest.mark.usefixtures("host")


@pytest.fixture
def ressourcerie(bob, charlie):
    """The same organisation as trois_ponts, written down a second time: Charlie leads it, Bob belongs to both."""
    other = factories.organisation(name="Ressourcerie 3 Ponts", referent=charlie, rna="W294001234", siren="732829320")
    factories.role(other, bob, "treasurer")
    return other


def test_every_app_that_points_to_organisations_or_persons_moves_its_rows():
    pointing = {Organisation: set(), Person: set()}
    for model in apps.get_models():
        for field in model._meta.get_fields():
            if field.related_model in pointing and field.many_to_one and model.__module__.startswith("archipel."):
                pointing[field.related_model].add(model._meta.app_label)

    assert merging.organisations.names == pointing[Organisation] - {"organisations"}
    # Tokens and addresses are moved by identity itself.
    assert identity_merging.persons.names == pointing[Person] - {"identity"}


def test_merge_moves_what_the_apps_above_hold(trois_ponts, ressourcerie, staff):
    space = factories.space(ressourcerie)
    agreement = factories.agreement(ressourcerie, space.service)

    operations.merge_organisations(kept=trois_ponts, absorbed=ressourcerie, by=staff)

    space.refresh_from_db()
    agreement.refresh_from_db()
    assert (space.organisation, agreement.organisation) == (trois_ponts, trois_ponts)


def roles_in(organisation):
    return [(role.person.name, role.role) for role in queries.people_of(organisation)]


def test_merge_moves_people_and_keeps_the_stronger_role(trois_ponts, ressourcerie, staff):
    operations.merge_organisations(kept=trois_ponts, absorbed=ressourcerie, by=staff)

    assert roles_in(trois_ponts) == [
        ("Alice Martin", "referent"), ("Charlie Petit", "referent"), ("Bob Leroy", "treasurer"),
    ]  # fmt: skip
    assert roles_in(ressourcerie) == []


def test_merge_takes_over_the_numbers_that_were_missing(trois_ponts, ressourcerie, staff):
    kept = operations.merge_organisations(kept=trois_ponts, absorbed=ressourcerie, by=staff)

    assert (kept.rna, kept.siren) == ("W294001234", "732829320")


def test_merge_keeps_its_own_number_when_both_have_one(trois_ponts, ressourcerie, staff):
    trois_ponts.rna = "W294009999"
    trois_ponts.save()

    lines = merging.preview(trois_ponts, ressourcerie)
    kept = operations.merge_organisations(kept=trois_ponts, absorbed=ressourcerie, by=staff)

    assert kept.rna == "W294009999"
    assert "Numéro RNA\u00a0: W294009999 reste, W294001234 est abandonné." in lines.conflicts


def test_preview_says_what_moves_and_changes_nothing(trois_ponts, ressourcerie):
    lines = merging.preview(trois_ponts, ressourcerie)

    assert lines.moves == [
        "Numéro RNA\u00a0: W294001234 passe à La ressourcerie des Trois-Ponts.",
        "Numéro SIREN\u00a0: 732829320 passe à La ressourcerie des Trois-Ponts.",
        "Charlie Petit rejoint La ressourcerie des Trois-Ponts (Référent·e).",
    ]
    assert lines.conflicts == ["Bob Leroy est dans les deux, et reste une fois\u00a0: Trésorerie."]
    assert len(roles_in(ressourcerie)) == 2


def test_merge_moves_invitations_but_not_twice(trois_ponts, ressourcerie, staff):
    for organisation in (trois_ponts, ressourcerie):
        operations.invite(organisation=organisation, email="denise@3ponts.example", role="member")
    operations.invite(organisation=ressourcerie, email="emile@3ponts.example", role="member")

    operations.merge_organisations(kept=trois_ponts, absorbed=ressourcerie, by=staff)

    pending = [line.invitation.email for line in queries.pending_invitations(trois_ponts)]
    assert (sorted(pending), Invitation.objects.filter(organisation=ressourcerie).count()) == (
        ["denise@3ponts.example", "emile@3ponts.example"], 0,
    )  # fmt: skip


def test_merge_asks_the_apps_above_in_the_same_transaction(trois_ponts, ressourcerie, staff):
    asked = []
    merging.register("tests", lambda kept, absorbed: asked.append((kept.pk, absorbed.pk)))
    try:
        operations.merge_organisations(kept=trois_ponts, absorbed=ressourcerie, by=staff)
    finally:
        merging.organisations.unregister("tests")

    assert asked == [(trois_ponts.pk, ressourcerie.pk)]


def test_merge_brings_the_history_along(trois_ponts, ressourcerie, staff, alice):
    operations.change_organisation(organisation=ressourcerie, changes={"founded_year": 2014}, by=staff)

    operations.merge_organisations(kept=trois_ponts, absorbed=ressourcerie, by=staff)

    assert [line.what for line in history.of_organisation(trois_ponts.public_id).lines] == [
        "organisations.merged", "organisations.changed",
    ]  # fmt: skip


def test_merge_refuses_twice_the_same_one_gone_and_the_host(trois_ponts, ressourcerie, staff):
    operations.merge_organisations(kept=trois_ponts, absorbed=ressourcerie, by=staff)

    for kept, absorbed in [
        (trois_ponts, trois_ponts), (trois_ponts, ressourcerie), (trois_ponts, factories.host_organisation()),
    ]:  # fmt: skip
        with pytest.raises(operations.CannotMerge):
            operations.merge_organisations(kept=kept, absorbed=absorbed, by=staff)


def test_merges_move_mail_domains_mailboxes_and_references(trois_ponts, ressourcerie, alice, bob, staff):
    FormerReference.objects.create(reference="R3P", organisation=ressourcerie, created_at=ressourcerie.created_at)
    operations.keep_domain(name="r3p.example", organisation=ressourcerie)
    operations.keep_mailbox(address="contact@r3p.example", person=bob)
    batch = factories.batch(bob)
    said = [line for line in merging.preview(trois_ponts, ressourcerie).moves if "r3p.example" in line]
    operations.merge_organisations(kept=trois_ponts, absorbed=ressourcerie, by=staff)
    person_said = [line for line in merging.preview_person(alice, bob).moves if "contact@r3p.example" in line]
    identity_operations.merge_persons(kept=alice, absorbed=bob, by=staff)
    domain = MailDomain.objects.get()
    batch.refresh_from_db()
    assert (len(said), len(person_said), domain.organisation, domain.mailboxes.get().person, batch.started_by) == (
        1, 1, trois_ponts, alice, alice,
    )  # fmt: skip
    assert FormerReference.objects.get().organisation == trois_ponts
