# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class OutboxConfig(AppConfig):
    name = "archipel.outbox"
    label = "outbox"

    def ready(self) -> None:
        # Whoever announces a fact must know who listens: handlers are registered in every process.
        autodiscover_modules("tasks")
