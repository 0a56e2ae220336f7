# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who is forgotten stands nowhere any more: read in every column of every table, and asked of every app."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

from archipel.admissions.models import Request, WaveAlert
from archipel.agreements.models import Agreement
from archipel.identity.models import Person
from archipel.kernel import clock
from archipel.mailing.models import Email
from archipel.organisations import operations as organisations
from archipel.organisations.models import Invitation
from archipel.portal import held, operations
from archipel.spaces.models import Report
from tests import factories
from tests.access.world import World

# Rows of the libraries that hold what an account is made of: ``identity`` answers for them.
OF_IDENTITY = {"account", "mfa"}


def places_holding(*words: str) -> set[str]:
    """Return the columns, ``table.column``, in which one of the words stands in the clear."""
    found = set()
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(f'SELECT * FROM "{table}"')
            columns = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for column, value in zip(columns, row, strict=True):
                    if any(word in str(value).casefold() for word in words):
                        found.add(f"{table}.{column}")
    return found


@pytest.mark.parametrize("who", ["stranger", "referent", "treasurer", "member"])
def test_name_and_address_of_who_is_forgotten_stand_nowhere(world: World, db, who):
    person = world.people[who]
    words = (person.name.casefold(), person.email.casefold())
    # The drafts of this world are of another address.
    Email.objects.update(state="sent", sent_at=clock.now())
    Request.objects.filter(state="draft").update(person_name="")
    before = places_holding(*words)
    for side in (world.own, world.other):
        successor = world.people["member" if who != "member" else "referent"]
        organisations.give_role(organisation=side["organisation_row"], person=successor, role="referent")

    operations.forget_me(person=Person.objects.get(pk=person.pk), typed=person.email)

    # What is still to leave is erased 30 days after it left; the person is told so.
    Email.objects.filter(state="waiting").delete()
    assert {"identity_person.name", "account_emailaddress.email"} <= before
    assert places_holding(*words) == set()


def test_other_addresses_of_who_is_forgotten_stand_nowhere_either(world: World, db):
    person, other = world.people["treasurer"], "second@maison.example"
    factories.address(person, other)
    factories.address(person, "typed@somebody.example", verified=False)
    Agreement.objects.update(referent_email="Second@maison.example")
    Report.objects.update(reporter_email=other, decision="nothing", decided_at=clock.now())
    Email.objects.update(to_address=other, state="sent", sent_at=clock.now())
    Request.objects.filter(state="draft").update(email=other, link_sent_to=other, person=None)
    WaveAlert.objects.update(email=other)
    Invitation.objects.filter(pk=Invitation.objects.earliest("pk").pk).update(email=other)
    found = {place.partition(".")[0] for place in places_holding(other)}
    export = str(held.export(person))

    operations.forget_me(person=Person.objects.get(pk=person.pk), typed=person.email)

    Email.objects.filter(state="waiting").delete()
    assert found == {
        "account_emailaddress", "admissions_request", "admissions_wavealert", "agreements_agreement", "mailing_email",
        "organisations_invitation", "spaces_report",
    }  # fmt: skip
    assert (places_holding(other), "typed@somebody.example" in export) == (set(), True)


def test_every_app_that_knows_persons_is_asked():
    knowing = {
        model._meta.app_label
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.concrete and field.related_model is Person
    }

    assert knowing - OF_IDENTITY - set(held.APPS) == set()
