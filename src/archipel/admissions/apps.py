# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig


class AdmissionsConfig(AppConfig):
    name = "archipel.admissions"
    label = "admissions"
