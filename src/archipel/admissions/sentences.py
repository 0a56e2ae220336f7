# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from archipel.history.sentences import register

register(
    {
        "request.received": _("{actor} sent request {about}"),
        "request.in_review": _("{actor} is reading request {about}"),
        "request.question": _("{actor} asked a question about request {about}"),
        "request.answered": _("{actor} answered the question about request {about}"),
        "request.waiting": _("{actor} put request {about} on the waiting list"),
        "request.accepted": _("{actor} accepted request {about}"),
        "request.redirected": _("{actor} passed request {about} on to another host"),
        "request.declined": _("{actor} declined request {about}"),
        "request.reopened": _("{actor} brought request {about} back to review"),
        "request.withdrawn": _("{actor} withdrew request {about}"),
        "request.attached": _("{actor} linked request {about} to the organisation known by its number"),
        "request.kept_separate": _("{actor} said that request {about} comes from another organisation"),
        "request.address_changed": _("{actor} changed the wished address of request {about} to {address}"),
        "request.reminded": _("{actor} sent the agreement of request {about} again"),
        "request.agreed": _("{actor} agreed to what was proposed for request {about}"),
        "request.open": _("What request {about} asked for is open"),
        "request.opening_abandoned": _("The opening of request {about} was cancelled: it is to be decided again"),
        "wave.planned": _("{actor} planned wave {about}"),
        "wave.changed": _("{actor} changed wave {about}: {capacity} places"),
        "wave.opened": _("Wave {about} opened with {capacity} places"),
        "wave.closed": _("Wave {about} closed, {received} requests received"),
        "wave.cancelled": _("{actor} cancelled wave {about}"),
        "peer.added": _("{actor} added peer host {about}"),
        "peer.changed": _("{actor} changed peer host {about}"),
    }
)
