# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig

from archipel.host import locked


class MachinesConfig(AppConfig):
    name = "archipel.machines"
    label = "machines"

    def ready(self) -> None:
        locked.register("machines.BackupPlace", "locked_passphrase")
        locked.register("machines.BackupPlace", "locked_credentials")
