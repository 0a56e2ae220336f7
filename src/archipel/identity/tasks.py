# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import time, timedelta

from django.utils.translation import gettext_lazy as _

from archipel.identity import operations
from archipel.identity.events import SignInEnded
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
