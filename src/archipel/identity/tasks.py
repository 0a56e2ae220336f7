# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import time, timedelta

from django.utils.translation import gettext_lazy as _

from archipel.identity import operations, queries
from archipel.identity.events import (
    ClientChanged,
    EntryEnded,
    EntryGiven,
    PersonChanged,
    PersonForgotten,
    PersonsMerged,
    SignInEnded,
)
from archipel.outbox.facts import on
from archipel.outbox.labels import label
from archipel.outbox.periodic import periodic


@periodic("identity.purge", daily=time(3, 50))
def purge() -> None:
    operations.purge_persons()


@periodic("identity.purge_sign_ins", every=timedelta(hours=1))
def purge_sign_ins() -> None:
    operations.purge_sign_ins()


@periodic("identity.signing_keys", daily=time(4, 10))
def care_for_signing_keys() -> None:
    operations.care_for_signing_keys()


@on(SignInEnded)
def tell_signed_out(fact: SignInEnded) -> None:
    operations.tell_signed_out(client_id=fact.client_id, subject=fact.subject, sid=fact.sid)


label("archipel.identity.tasks.purge_sign_ins", _("Delete sign-ins and tokens that are over"))
label("archipel.identity.tasks.care_for_signing_keys", _("Renew the keys that sign-ins are signed with"))
label("archipel.identity.tasks.tell_signed_out", _("Tell an application that somebody signed out"))


@periodic("identity.purge_sessions", daily=time(3, 55))
def purge_sessions() -> None:
    operations.purge_sessions()


label("archipel.identity.tasks.purge_sessions", _("Delete sessions that are over"))
label("archipel.identity.tasks.purge", _("Delete the pseudonyms of people who were forgotten"))


@on(EntryGiven, when=queries.signs_in_elsewhere)
def push_entry_given(fact: EntryGiven) -> None:
    operations.push(kind="entry", object_id=f"{fact.client_id}/{fact.person_id}")


@on(EntryEnded, when=queries.signs_in_elsewhere)
def push_entry_ended(fact: EntryEnded) -> None:
    operations.push(kind="entry", object_id=f"{fact.client_id}/{fact.person_id}")


@on(PersonChanged, when=queries.signs_in_elsewhere)
def push_person(fact: PersonChanged) -> None:
    operations.push(kind="person", object_id=fact.person_id)


@on(PersonForgotten, when=queries.signs_in_elsewhere)
def push_person_forgotten(fact: PersonForgotten) -> None:
    operations.push(kind="person", object_id=fact.person_id)


@on(PersonsMerged, when=queries.signs_in_elsewhere)
def push_person_absorbed(fact: PersonsMerged) -> None:
    operations.push(kind="person", object_id=fact.absorbed)


@on(PersonsMerged, when=queries.signs_in_elsewhere)
def push_person_kept(fact: PersonsMerged) -> None:
    operations.push(kind="person", object_id=fact.kept)


@on(ClientChanged, when=queries.signs_in_elsewhere)
def push_client(fact: ClientChanged) -> None:
    operations.push(kind="client", object_id=fact.client_id)


@periodic("identity.compare_sign_on", daily=time(4, 20))
def compare_sign_on() -> None:
    operations.compare_sign_on()


@periodic("identity.purge_outside_sessions", daily=time(3, 55))
def purge_outside_sessions() -> None:
    operations.purge_outside_sessions()


_TASKS, _PUSHING = "archipel.identity.tasks", "archipel.identity.operations.pushing"
for _name in ("push_entry_given", "push_entry_ended"):
    label(f"{_TASKS}.{_name}", _("Tell Keycloak who may enter an application"))
for _name in ("push_person", "push_person_forgotten", "push_person_absorbed", "push_person_kept"):
    label(f"{_TASKS}.{_name}", _("Tell Keycloak about a person"))
label(f"{_TASKS}.push_client", _("Tell Keycloak about an application"))
label(f"{_TASKS}.compare_sign_on", _("Compare Keycloak with what should be there"))
label(f"{_TASKS}.purge_outside_sessions", _("Forget sessions that are long over"))
label(f"{_PUSHING}.push_one", _("Tell Keycloak what should be there"))
label(f"{_PUSHING}.invite_one", _("Let Keycloak mail an invitation"))
label(f"{_PUSHING}.end_sessions_of", _("End the sessions of a person in Keycloak"))
label("archipel.identity.operations.comparing.repair_one", _("Put right what was changed in Keycloak"))
