# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig


class ProceduresConfig(AppConfig):
    name = "archipel.procedures"
    label = "procedures"
