# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class ProceduresConfig(AppConfig):
    name = "archipel.procedures"
    label = "procedures"

    def ready(self) -> None:
        autodiscover_modules("procedures")
