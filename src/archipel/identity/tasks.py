# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import time

from django.utils.translation import gettext_lazy as _

from archipel.identity import operations
from archipel.outbox.labels import label
from archipel.outbox.periodic import periodic


@periodic("identity.purge", daily=time(3, 50))
def purge() -> None:
    operations.purge_persons()


label("archipel.identity.tasks.purge", _("Delete the pseudonyms of people who were forgotten"))
