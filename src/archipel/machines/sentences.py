# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from archipel.history.sentences import register

register(
    {
        "place.declared": _("{actor} declared the place for back-ups {about}"),
        "place.changed": _("{actor} changed the place for back-ups {about}"),
        "place.closed": _("{actor} closed the place for back-ups {about}"),
        "place.key_shown": _("{actor} was shown the key of the place for back-ups {about}"),
        "place.key_kept": _("{actor} said that the key of the place for back-ups {about} is kept outside"),
    }
)
