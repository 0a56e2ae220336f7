# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

import pytest

from archipel.organisations import operations
from archipel.organisations.identifiers import InvalidIdentifier, clean_rna, clean_siren
from archipel.organisations.models import Organisation
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("w294001234", "W294001234"), (" W 29 4001 234 ", "W294001234"), ("W2A1000123", "W2A1000123"), ("", "")],
)
def test_rna_is_kept_without_spaces_in_capitals(typed, kept):
    assert clean_rna(typed) == kept


@pytest.mark.parametrize("typed", ["294001234", "W29400123", "W2940012345", "W29400123X", "0294001234", "WW94001234"])
def test_rna_that_no_register_gave_is_refused(typed):
    with pytest.raises(InvalidIdentifier) as refusal:
        clean_rna(typed)

    assert (refusal.value.field, refusal.value.code) == ("rna", "invalid_identifier")


@pytest.mark.parametrize(
    ("typed", "kept"),
    [("732 829 320", "732829320"), ("732.829.320", "732829320"), ("732 829 320 00074", "732829320"), ("", "")],
)
def test_siren_is_kept_as_nine_digits(typed, kept):
    assert clean_siren(typed) == kept


@pytest.mark.parametrize("typed", ["732829321", "73282932", "7328293200", "abcdefghi"])
def test_siren_that_no_register_gave_is_refused(typed):
    with pytest.raises(InvalidIdentifier) as refusal:
        clean_siren(typed)

    assert refusal.value.field == "siren"


def test_create_keeps_what_was_declared(host):
    town = factories.town()

    made = operations.create_organisation(
        name="  La   ressourcerie ", kind="association", rna="w294001234", siren="732 829 320", founded_year=2014,
        fields_of_action=["environment"], town=town, town_text="Concarneau",
    )  # fmt: skip

    assert [made.name, made.rna, made.siren, made.town, made.town_text] == [
        "La ressourcerie", "W294001234", "732829320", town, "",
    ]  # fmt: skip
    assert made.search_text == "la ressourcerie concarneau w294001234 732829320"


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name": " "}, operations.NameMissing),
        ({"kind": "kingdom"}, operations.UnknownKind),
        ({"founded_year": 3000}, operations.InvalidYear),
        ({"founded_year": 12}, operations.InvalidYear),
        ({"rna": "12"}, InvalidIdentifier),
        ({"siren": "12"}, InvalidIdentifier),
    ],
)
def test_create_refuses_and_writes_nothing(changes, refusal):
    with pytest.raises(refusal):
        operations.create_organisation(**{"name": "Le Lavoir", "kind": "collective"} | changes)

    assert Organisation.objects.count() == 0


@pytest.mark.parametrize("field", ["rna", "siren"])
def test_a_number_belongs_to_one_organisation(field):
    number = {"rna": "W294001234", "siren": "732829320"}[field]
    factories.organisation(name="Première", **{field: number})

    with pytest.raises(operations.NumberTaken) as refusal:
        operations.create_organisation(name="Seconde", kind="association", **{field: number})

    assert refusal.value.field == field


def test_a_number_of_a_merged_organisation_is_free(trois_ponts):
    factories.organisation(name="Ancienne", rna="W294001234", merged_into=trois_ponts)

    assert operations.create_organisation(name="Neuve", kind="association", rna="W294001234").rna == "W294001234"


def test_change_corrects_and_says_what_changed(trois_ponts, staff):
    changed = operations.change_organisation(
        organisation=trois_ponts, changes={"name": "Trois-Ponts", "kind": "collective", "rna": "W294001234"}, by=staff
    )

    entry = factories.last_entry()
    assert (changed.name, changed.rna, entry.what, entry.details) == (
        "Trois-Ponts", "W294001234", "organisations.changed", {"changed": ["name", "rna"]},
    )  # fmt: skip


def test_change_refuses_another_field(trois_ponts, staff):
    with pytest.raises(ValueError, match="public_id"):
        operations.change_organisation(organisation=trois_ponts, changes={"public_id": "x"}, by=staff)
