# SPDX-License-Identifier: AGPL-3.0-or-later
from django.utils.translation import gettext_lazy as _

from archipel.history.sentences import register

register(
    {
        "host.set_up": _("{actor} set up {about}"),
        "host.changed": _("{actor} changed the settings of {about}: {fields}"),
        "host.text_written": _("{actor} wrote the text {about} ({language})"),
        "host.parameter_set": _("{actor} set {about} from {since} on: {value}"),
        "host.keys_rotated": _("{actor} changed the key that locks secrets: {count} locked again"),
    }
)
