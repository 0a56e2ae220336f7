# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig


class CatalogueConfig(AppConfig):
    name = "archipel.catalogue"
    label = "catalogue"
