# SPDX-License-Identifier: AGPL-3.0-or-later
from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from archipel.history.sentences import register

register(
    {
        "procedure.stopped": _("The procedure “{about}” stopped and needs a person of the host"),
        "procedure.resumed": _("{actor} resumed the procedure “{about}”"),
        "procedure.cancelled": _("{actor} cancelled the procedure “{about}”"),
    }
)
