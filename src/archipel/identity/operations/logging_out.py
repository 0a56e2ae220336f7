# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tell an application that somebody is out."""

from __future__ import annotations

from datetime import timedelta

from archipel.identity import signing
from archipel.identity.models import Client
from archipel.identity.operations.signing_keys import ensure_signing_key
from archipel.identity.ports import BackchannelLogout
from archipel.identity.wiring import backchannel_logout
from archipel.kernel import clock
from archipel.kernel.references import new_token

# OpenID Connect Back-Channel Logout 1.0, section 2.4: what makes a token one of logout, and how short it should live.
EVENT = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_LIFE = timedelta(minutes=2)


def tell_signed_out(*, client_id: str, subject: str, sid: str, outside: BackchannelLogout | None = None) -> bool:
    """Send a logout token to an application that takes them; return whether it was sent. Repeatable. Calls outside."""
    client = Client.objects.filter(public_id=client_id).exclude(backchannel_logout_uri="").first()
    if client is None:
        return False
    ensure_signing_key()
    now = clock.now()
    claims = {
        "iss": signing.issuer(), "aud": client_id, "sub": subject, "sid": sid, "jti": new_token(),
        "iat": int(now.timestamp()), "exp": int((now + LOGOUT_LIFE).timestamp()), "events": {EVENT: {}},
    }  # fmt: skip
    token = signing.sign(claims, kind="logout+jwt")
    (outside or backchannel_logout()).send(client.backchannel_logout_uri, token)
    return True
