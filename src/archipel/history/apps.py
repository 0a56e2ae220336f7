# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class HistoryConfig(AppConfig):
    name = "archipel.history"
    label = "history"

    def ready(self) -> None:
        autodiscover_modules("sentences")
