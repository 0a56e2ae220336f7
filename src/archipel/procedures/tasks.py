# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import timedelta

from django.utils.translation import gettext_lazy as _

from archipel.outbox.labels import label
from archipel.outbox.periodic import periodic
from archipel.procedures import operations

label("archipel.procedures.engine.advance", _("Go on with a procedure"))
label("archipel.procedures.tasks.wake_forgotten", _("Wake up the procedures nobody looks after"))


@periodic("procedures.wake_forgotten", every=timedelta(minutes=5))
def wake_forgotten() -> None:
    operations.wake_forgotten()
