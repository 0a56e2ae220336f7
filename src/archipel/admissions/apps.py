# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig


class AdmissionsConfig(AppConfig):
    name = "archipel.admissions"
    label = "admissions"

    def ready(self) -> None:
        from archipel.host import locked  # noqa: PLC0415 - late: apps must be loaded

        locked.register("admissions.Wave", "locked_seed")
