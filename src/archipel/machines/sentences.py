# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from archipel.history.sentences import register

register(
    {
        "site.declared": _("{actor} declared the place {about}"),
        "site.changed": _("{actor} changed what is known of the place {about}"),
        "machine.declared": _("{actor} declared the machine {about}"),
        "machine.changed": _("{actor} changed what is known of the machine {about}"),
        "machine.joined": _("The machine {about} joined the engine"),
        "machine.joined_again": _("The machine {about} joined the engine anew"),
        "machine.drained": _("{actor} asked the machine {about} to take nothing more"),
        "machine.drained_at_once": _("{actor} emptied the machine {about} at once (spaces stopped: {spaces})"),
        "machine.returned": _("{actor} put the machine {about} back into service"),
        "machine.drained_elsewhere": _("Somebody emptied the machine {about} in the engine itself"),
        "machine.returned_elsewhere": _("Somebody put the machine {about} back into service in the engine itself"),
        "machine.lost": _("The machine {about} answers no more"),
        "machine.back": _("The machine {about} answers again"),
        "machine.retired": _("{actor} retired the machine {about}"),
        "place.declared": _("{actor} declared the place for back-ups {about}"),
        "place.changed": _("{actor} changed the place for back-ups {about}"),
        "place.closed": _("{actor} closed the place for back-ups {about}"),
        "place.key_shown": _("{actor} was shown the key of the place for back-ups {about}"),
        "place.key_kept": _("{actor} said that the key of the place for back-ups {about} is kept outside"),
    }
)
