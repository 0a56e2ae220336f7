# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import time, timedelta

from django.utils.translation import gettext_lazy as _

from archipel.mailing import operations
from archipel.mailing.events import EmailQueued
from archipel.outbox.facts import on
from archipel.outbox.labels import label
from archipel.outbox.periodic import periodic


@on(EmailQueued)
def deliver(fact: EmailQueued) -> None:
    operations.deliver(email_id=fact.email_id)


@periodic("mailing.retry", every=timedelta(minutes=1))
def retry() -> None:
    operations.retry_due()


@periodic("mailing.purge", daily=time(3, 30))
def purge() -> None:
    operations.purge()


label("archipel.mailing.tasks.deliver", _("Send a message"))
label("archipel.mailing.tasks.retry", _("Try again the messages that did not leave"))
label("archipel.mailing.tasks.purge", _("Erase the text of old messages"))
