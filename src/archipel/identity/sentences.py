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
        "identity.client_registered": _("{actor} registered the application {about}"),
        "identity.client_changed": _("{actor} changed what is known of the application {about}"),
        "identity.client_secret_renewed": _("{actor} renewed the secret of the application {about}"),
        "identity.client_closed": _("{actor} closed the application {about}"),
        "identity.consent_given": _("{actor} allowed the application {about} to know them"),
        "identity.consent_withdrawn": _("{actor} withdrew their consent from the application {about}"),
        "identity.signing_key_made": _("A new key for sign-ins was made: {about}"),
    }
)
