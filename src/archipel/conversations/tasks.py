# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import time, timedelta

from django.utils.translation import gettext_lazy as _

from archipel.conversations import operations
from archipel.organisations.events import RoleEnded
from archipel.outbox.facts import on
from archipel.outbox.labels import label
from archipel.outbox.periodic import periodic


@periodic("conversations.poll", every=timedelta(minutes=1))
def poll() -> None:
    operations.poll_mailboxes()


@periodic("conversations.purge", daily=time(3, 40))
def purge() -> None:
    operations.purge()


@on(RoleEnded)
def leave_conversations(fact: RoleEnded) -> None:
    operations.follow_ended_role(organisation_id=fact.organisation_id, person_id=fact.person_id)


label("archipel.conversations.tasks.poll", _("Read the mailbox of the answers"))
label("archipel.conversations.tasks.purge", _("Tidy up the files of conversations"))
label("archipel.conversations.tasks.leave_conversations", _("Take who left an organisation out of its conversations"))
