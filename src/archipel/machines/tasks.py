# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from datetime import time, timedelta

from django.utils.translation import gettext_lazy as _

from archipel.machines import operations
from archipel.outbox.labels import label
from archipel.outbox.periodic import periodic

label("archipel.machines.operations.telling.push_machine", _("Tell the engine what is wanted of a machine"))
label("archipel.machines.operations.telling.forget_node", _("Have the engine forget a machine"))
label("archipel.machines.operations.places.check_place_task", _("Look at a place for back-ups"))
label("archipel.machines.tasks.read_machines", _("Ask the engine for its machines"))


@periodic("machines.read", every=timedelta(minutes=1))
def read_machines() -> None:
    operations.read_machines()


label("archipel.machines.operations.own_copies.keep_task", _("Back Archipel itself up"))
label("archipel.machines.operations.own_copies.read_back_task", _("Read a back-up of Archipel back"))


@periodic("machines.keep_archipel", daily=time(4, 20))
def keep_archipel() -> None:
    operations.keep_everywhere()


@periodic("machines.read_archipel_back", every=timedelta(days=7))
def read_archipel_back() -> None:
    operations.read_back_everywhere()


@periodic("machines.check_places", every=timedelta(days=7))
def check_places() -> None:
    operations.check_all_places()
