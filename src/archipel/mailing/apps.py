# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig

from archipel.host import locked


class MailingConfig(AppConfig):
    name = "archipel.mailing"
    label = "mailing"

    def ready(self) -> None:
        locked.register("mailing.Email", "locked_body")
