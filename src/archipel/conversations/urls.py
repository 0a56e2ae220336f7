# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.urls import path

from archipel.conversations import web

urlpatterns = [
    path("conversations/files/<str:public_id>/", web.download, name="conversation-file"),
    path("conversations/<str:public_id>/", web.conversation, name="conversation"),
    path("conversations/<str:public_id>/write/", web.write, name="conversation-write"),
    path("desk/conversations/<str:public_id>/", web.desk_conversation, name="desk-conversation"),
    path("desk/conversations/<str:public_id>/write/", web.desk_write, name="desk-conversation-write"),
    path("desk/conversations/<str:public_id>/answered/", web.desk_answered, name="desk-conversation-answered"),
    path(
        "desk/conversations/<str:public_id>/messages/<str:message_id>/confirm/",
        web.desk_confirm,
        name="desk-conversation-confirm",
    ),
    path("desk/mails/mailbox/", web.mailbox, name="desk-mailbox"),
    path("desk/mails/strays/<str:public_id>/seen/", web.stray_seen, name="desk-stray-seen"),
]
