# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where allauth.mfa asks what is ours: how secrets lie, how a key and an application name this host."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import qrcode
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from archipel.host import queries as host
from archipel.kernel import keys

WRONG_CODE = gettext_lazy("This code is not right. Try the next one that your application shows.")
NOT_TAKEN = gettext_lazy("This passkey was not accepted. Try again, or choose another way.")


class MfaAdapter(DefaultMFAAdapter):
    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "cannot_generate_recovery_codes": gettext_lazy("Set up a second factor first."),
        # What the library calls so everywhere is a passkey's answer: codes are checked by our own forms.
        "incorrect_code": NOT_TAKEN,
    }

    def encrypt(self, text: str) -> str:
        return keys.lock(text)

    def decrypt(self, encrypted_text: str) -> str:
        return keys.unlock(encrypted_text)

    def get_totp_issuer(self) -> str:
        return host.current().name

    def build_totp_svg(self, url: str) -> str:
        """Return the drawing itself: a page loads nothing from a ``data:`` address here."""
        code = qrcode.QRCode(border=4)
        code.add_data(url)
        rows = code.get_matrix()
        squares = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
        return format_html(
            '<svg class="qr" viewBox="0 0 {size} {size}" aria-hidden="true" focusable="false"><path d="{path}"/></svg>',
            size=len(rows),
            path=squares,
        )

    def generate_authenticator_name(self, user: Any, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey %(number)d") % {"number": number}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """A passkey belongs to the portal's name: the one the page was asked under is known to be the host's own."""
        return {"id": passkey_domain(context.request.get_host()), "name": host.current().name}


def passkey_domain(asked_host: str) -> str:
    """Return the host name that passkeys of a page belong to (WebAuthn Level 2, section 5.1.2); an address has none."""
    return (urlsplit(f"//{asked_host}").hostname or "").lower()
