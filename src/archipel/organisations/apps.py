# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig

from archipel.host import locked


class OrganisationsConfig(AppConfig):
    name = "archipel.organisations"
    label = "organisations"

    def ready(self) -> None:
        locked.register("organisations.BatchFile", "locked_content")
        locked.register("organisations.BatchPart", "locked_records")
