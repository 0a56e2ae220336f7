# SPDX-License-Identifier: AGPL-3.0-or-later
from django.utils.translation import gettext_lazy as _

from archipel.history.sentences import register

register(
    {
        "service.created": _("{actor} added the service {about} to the catalogue"),
        "service.changed": _("{actor} changed the service {about}: {fields}"),
        "service.moved": _("{actor} moved the service {about} from “{before}” to “{after}”"),
        "service.maintained": _("{actor} said who looks after {about}: {names}"),
        "service.questions_changed": _("{actor} changed the questions of {about}"),
        "offer.published": _("{actor} published prices of {about} from {since} on"),
        "offer.taken_back": _("{actor} took back the prices of {about} planned for {since}"),
        "terms.published": _("{actor} published terms of {about} from {since} on ({languages})"),
        "terms.taken_back": _("{actor} took back the terms of {about} planned for {since}"),
    }
)
