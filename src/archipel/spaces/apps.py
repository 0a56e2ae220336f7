# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig


class SpacesConfig(AppConfig):
    name = "archipel.spaces"
    label = "spaces"
