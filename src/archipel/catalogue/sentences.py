# SPDX-License-Identifier: AGPL-3.0-or-later
from django.utils.translation import gettext_lazy as _

from archipel.history.sentences import register

register(
    {
        "service.created": _("{actor} added the service {about} to the catalogue"),
        "service.changed": _("{actor} changed the service {about}: {fields}"),
        "service.moved_to_considered": _("{actor} took the service {about} back to what is considered"),
        "service.moved_to_trial": _("{actor} said that the service {about} is tried with some"),
        "service.moved_to_open": _("{actor} opened the service {about}"),
        "service.moved_to_full": _("{actor} said that the service {about} is full"),
        "service.moved_to_closed_to_newcomers": _("{actor} closed the service {about} to newcomers"),
        "service.moved_to_closing": _("{actor} announced the end of the service {about}"),
        "service.moved_to_closed": _("{actor} ended the service {about}"),
        "service.maintained": _("{actor} said who looks after {about}: {names}"),
        "service.let_go": _("Somebody who left no longer looks after {about}"),
        "service.questions_changed": _("{actor} changed the questions of {about}"),
        "offer.published": _("{actor} published prices of {about} from {since} on"),
        "offer.taken_back": _("{actor} took back the prices of {about} planned for {since}"),
        "terms.published": _("{actor} published terms of {about} from {since} on ({languages})"),
        "terms.taken_back": _("{actor} took back the terms of {about} planned for {since}"),
    }
)
