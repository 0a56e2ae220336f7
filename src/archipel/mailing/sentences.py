# SPDX-License-Identifier: AGPL-3.0-or-later
from django.utils.translation import gettext_lazy as _

from archipel.history.sentences import register

register(
    {
        "mail.suppression_lifted": _("{actor} let messages leave again to {about}"),
        "mail.failure_seen": _("{actor} took care of the messages that did not reach {about}"),
        "mail.sent_again": _("{actor} sent again the message “{about}”"),
    }
)
