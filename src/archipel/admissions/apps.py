# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig


class AdmissionsConfig(AppConfig):
    name = "archipel.admissions"
    label = "admissions"

    def ready(self) -> None:
        from archipel.admissions.access import page_without_account  # noqa: PLC0415 - apps must be loaded
        from archipel.conversations import without_account  # noqa: PLC0415 - apps must be loaded
        from archipel.host import locked  # noqa: PLC0415 - apps must be loaded

        without_account.register("request", page_without_account)
        locked.register("admissions.Wave", "locked_seed")
