# SPDX-License-Identifier: AGPL-3.0-or-later
from django.utils.translation import gettext_lazy as _

from archipel.history.sentences import register

register(
    {
        "identity.person_known": _("{about} became known here by a confirmed address"),
        "identity.passphrase_set": _("{actor} chose a new passphrase"),
        "identity.token_issued": _("{actor} made the token “{about}”"),
        "identity.token_revoked": _("{actor} revoked the token “{about}”"),
        "identity.account_closed": _("{actor} closed the account of {about}: {reason}"),
        "identity.account_reopened": _("{actor} opened the account of {about} again"),
        "identity.persons_merged": _("{actor} made one person of {about} and {absorbed}"),
        "identity.client_registered": _("{actor} registered the application {about}"),
        "identity.client_changed": _("{actor} changed what is known of the application {about}"),
        "identity.client_secret_renewed": _("{actor} renewed the secret of the application {about}"),
        "identity.client_closed": _("{actor} closed the application {about}"),
        "identity.consent_given": _("{actor} allowed the application {about} to know them"),
        "identity.consent_withdrawn": _("{actor} withdrew their consent from the application {about}"),
        "identity.signing_key_made": _("A new key for sign-ins was made: {about}"),
        "identity.session_ended": _("{actor} signed out of one of their devices"),
        "identity.sessions_ended": _("{about} was signed out on other devices"),
        "identity.codes_added": _("{actor} set up codes of an application as a second factor"),
        "identity.codes_removed": _("{actor} removed the codes of an application"),
        "identity.passkey_added": _("{actor} added a passkey"),
        "identity.passkey_removed": _("{actor} removed a passkey"),
        "identity.recovery_codes_made": _("{actor} made new recovery codes"),
        "identity.second_factors_removed": _("{actor} removed the second factors of {about}"),
        "identity.breached_loaded": _("The list of breached passphrases “{about}” was loaded ({count})"),
        "identity.person_imported": _("{about} came in from the host’s former software"),
        "identity.person_taken_back": _("The import of {about} was undone"),
        "identity.application_linked": _("{actor} said which application “{application}” is: {about}"),
        "identity.drift_repaired": _("{actor} asked to put right in Keycloak: {about}"),
        "identity.drift_adopted": _("{actor} adopted what was changed in Keycloak: {about}"),
    }
)
