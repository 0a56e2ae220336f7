# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig

from archipel.host import locked


class SpacesConfig(AppConfig):
    name = "archipel.spaces"
    label = "spaces"

    def ready(self) -> None:
        locked.register("spaces.SpaceSecret", "locked")
