# SPDX-License-Identifier: AGPL-3.0-or-later
"""Secret links that must be mailed again and again: signed, so that nothing secret is stored.

``draft`` reopens a form until it is confirmed, ``follow`` shows a request to whoever confirmed its address,
``alert`` confirms and leaves "tell me when it opens". A link of one kind never works as another.
"""

from __future__ import annotations

from typing import Literal

from django.core.signing import BadSignature, Signer

from archipel.kernel.refusals import NotFound

LinkKind = Literal["draft", "follow", "alert"]


def token_for(kind: LinkKind, public_id: str) -> str:
    """Return the secret part of the address: the public id and 256 bits nobody can guess."""
    return _signer(kind).sign(public_id)


def public_id_of(kind: LinkKind, token: str) -> str:
    """Return the public id a link was made for; ``NotFound`` when it was not made here."""
    try:
        return _signer(kind).unsign(token)
    except BadSignature as error:
        raise NotFound from error


def _signer(kind: LinkKind) -> Signer:
    return Signer(salt=f"archipel.admissions.{kind}", sep=".")
