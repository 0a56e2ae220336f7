# SPDX-License-Identifier: AGPL-3.0-or-later
from django.apps import AppConfig


class ConversationsConfig(AppConfig):
    name = "archipel.conversations"
    label = "conversations"
