# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "archipel.identity"
    label = "identity"
