# SPDX-License-Identifier: AGPL-3.0-or-later
from django.utils.translation import gettext_lazy as _

from archipel.history.sentences import register

register(
    {
        "identity.person_known": _("{about} became known here by a confirmed address"),
        "identity.passphrase_set": _("{actor} chose a new passphrase"),
        "identity.token_issued": _("{actor} made the token “{about}”"),
        "identity.token_revoked": _("{actor} revoked the token “{about}”"),
        "identity.persons_merged": _("{actor} made one person of {about} and {absorbed}"),
    }
)
