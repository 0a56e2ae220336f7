# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig


class MailingConfig(AppConfig):
    name = "archipel.mailing"
    label = "mailing"
