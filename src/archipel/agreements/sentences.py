# SPDX-License-Identifier: AGPL-3.0-or-later
from django.utils.translation import gettext_lazy as _

from archipel.history.sentences import register

register(
    {
        "agreement.proposed": _("{actor} proposed an agreement: {about}"),
        "agreement.agreed": _("{actor} agreed: {about}"),
        "agreement.withdrawn": _("{actor} took back the proposed agreement: {about}"),
        "agreement.ended": _("{actor} ended the agreement on {on}: {about}"),
    }
)
