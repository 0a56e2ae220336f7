# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig


class HistoryConfig(AppConfig):
    name = "archipel.history"
    label = "history"
