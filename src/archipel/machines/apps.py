# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig


class MachinesConfig(AppConfig):
    name = "archipel.machines"
    label = "machines"
