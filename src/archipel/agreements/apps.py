# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig


class AgreementsConfig(AppConfig):
    name = "archipel.agreements"
    label = "agreements"
