# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig

from archipel.host import locked


class ConversationsConfig(AppConfig):
    name = "archipel.conversations"
    label = "conversations"

    def ready(self) -> None:
        locked.register("conversations.Participant", "locked_token")
        locked.register("conversations.Mailbox", "locked_secret")
