# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig


class HostConfig(AppConfig):
    name = "archipel.host"
    label = "host"
