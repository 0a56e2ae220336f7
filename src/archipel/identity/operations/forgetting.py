# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import date

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.db.models import ProtectedError, Q

from archipel.history import operations as history
from archipel.history import queries as written
from archipel.identity.events import PersonForgotten
from archipel.identity.models import (
    AccountName,
    ApiToken,
    Consent,
    Drift,
    KnownDevice,
    OutsideSession,
    Person,
    Pushed,
    Session,
    SignIn,
    TakenPseudonym,
)
from archipel.identity.operations.entries import end_entries_of
from archipel.identity.operations.sign_ins import end_sign_ins
from archipel.kernel import clock
from archipel.mailing import operations as mailing
from archipel.outbox import operations as outbox

# Décret 2021-1362 (LCEN, CPCE L34-1): what identifies the source of a connection is kept one year. Here the pseudonym
# is what those traces point to; civil identity is not kept, because nothing here obliges us to have collected it.
YEARS_UNDER_PSEUDONYM = 1


def forget_person(*, person: Person, pseudonym: str) -> date:
    """Put a pseudonym where a person was, end their sessions, delete addresses, factors and tokens; return the day it goes too.

    Repeatable: a second call changes nothing and returns the same day.
    """
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person.pk)
        if person.forgotten_at and person.purge_on:
            return person.purge_on
        # Only what they proved to read: an address typed and never confirmed is perhaps somebody else's.
        proved = list(EmailAddress.objects.filter(user=person, verified=True).values_list("email", flat=True))
        earlier = list(Person.objects.filter(merged_into=person))
        merges = written.details_of("identity.persons_merged", "person", person.public_id)
        names = [person.name, *(merge["absorbed"] for merge in merges)]
        history.pseudonymise(
            public_id=person.public_id,
            pseudonym=pseudonym,
            words=[*names, *proved, person.email],
            also=[row.public_id for row in earlier],
        )
        for address in {*proved, person.email}:
            for name in names:
                mailing.forget_address(address=address, name=name)
        for row in earlier:
            row.name = pseudonym
            row.save()
        EmailAddress.objects.filter(user=person).delete()
        ApiToken.objects.filter(person=person).delete()
        _forget_ways_in(person)
        AccountName.objects.filter(person=person).delete()
        end_entries_of(person=person)
        end_sign_ins(reason="forgotten", person=person)
        SignIn.objects.filter(person=person).delete()
        Consent.objects.filter(person=person).delete()
        purge_on = clock.add_years(clock.today(), YEARS_UNDER_PSEUDONYM)
        person.pseudonym = ""
        person.name, person.email = pseudonym, f"{person.public_id}@forgotten.invalid"
        person.is_active, person.last_login = False, None
        person.closed_at, person.closed_because = None, ""
        person.forgotten_at, person.purge_on = clock.now(), purge_on
        # Sessions carry a digest of the passphrase: without one, none of them opens any more.
        person.set_unusable_password()
        person.save()
        outbox.announce(PersonForgotten(person_id=person.public_id))
    return purge_on


def _forget_ways_in(person: Person) -> None:
    Authenticator.objects.filter(user=person).delete()
    Session.objects.filter(person=person).delete()
    KnownDevice.objects.filter(person=person).delete()
    OutsideSession.objects.filter(person=person).delete()
    about = Q(kind="person", object_id=person.public_id) | Q(object_id__endswith=f"/{person.public_id}")
    Pushed.objects.filter(about).delete()
    Drift.objects.filter(about).delete()
    # What applications knew them by stays taken, as a digest that names nobody.
    TakenPseudonym.objects.filter(person=person).update(person=None)


def purge_persons(*, limit: int = 200) -> int:
    """Delete pseudonyms whose day has come and return how many went; one that a row above still needs waits a year."""
    gone = 0
    for person in Person.objects.filter(purge_on__lte=clock.today(), forgotten_at__isnull=False)[:limit]:
        try:
            with transaction.atomic():
                person.delete()
            gone += 1
        except ProtectedError:
            Person.objects.filter(pk=person.pk).update(purge_on=clock.add_years(clock.today(), 1))
    return gone
