# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig

from archipel.host import locked


class HostConfig(AppConfig):
    name = "archipel.host"
    label = "host"

    def ready(self) -> None:
        locked.register("host.Host", "canary")
