# SPDX-License-Identifier: AGPL-3.0-or-later
"""The life of the keys that sign: the next one is published before it signs, the former one stays while its tokens live."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from django.db import transaction
from jwt.algorithms import RSAAlgorithm

from archipel.history import operations as history
from archipel.host.models import Host
from archipel.identity import signing
from archipel.identity.models import SigningKey
from archipel.kernel import clock, keys

BITS = 2048
USED_FOR = timedelta(days=90)


def ensure_signing_key() -> None:
    """Make the first key where there is none. Repeatable."""
    if signing.published():
        return
    with transaction.atomic():
        _lock()
        if not SigningKey.objects.filter(withdrawn_at=None).exists():
            _make(signs_from=clock.now())
    signing.forget_remembered()


def rotate_signing_key(*, at_once: bool = False) -> SigningKey:
    """Publish the next key, which signs a day later; return it. A next key that waits already is returned as it is.

    ``at_once``: the present key leaked. The new one signs now and all others are withdrawn: who holds a token of theirs
    signs in again. Processes follow within five seconds.
    """
    now = clock.now()
    with transaction.atomic():
        _lock()
        waiting = SigningKey.objects.filter(withdrawn_at=None, signs_from__gt=now).first()
        if waiting and not at_once:
            return waiting
        if at_once:
            SigningKey.objects.filter(withdrawn_at=None).update(withdrawn_at=now, locked_private="")
        made = _make(signs_from=now if at_once else now + signing.PUBLISHED_BEFORE)
        about = ("signing_key", made.key_id, made.key_id)
        history.record(what="identity.signing_key_made", about=about, visible="host")
    signing.forget_remembered()
    return made


def care_for_signing_keys() -> None:
    """Publish the next key when the present one has signed for 90 days, and withdraw those nobody needs. Repeatable."""
    now = clock.now()
    newest = SigningKey.objects.filter(withdrawn_at=None).order_by("-signs_from").first()
    if newest and newest.signs_from <= now - USED_FOR:
        rotate_signing_key()
    with transaction.atomic():
        _lock()
        followed = None
        for row in SigningKey.objects.filter(withdrawn_at=None).order_by("-signs_from", "-pk"):
            if followed and followed.signs_from + signing.PUBLISHED_AFTER <= now:
                row.withdrawn_at, row.locked_private = now, ""
                row.save(update_fields=["withdrawn_at", "locked_private"])
            followed = row
    signing.forget_remembered()


def _lock() -> None:
    # The host's row is the lock: two processes that start together make one first key.
    Host.objects.select_for_update().filter(pk=1).first()


def _make(*, signs_from: datetime) -> SigningKey:
    private = rsa.generate_private_key(public_exponent=65537, key_size=BITS)
    written = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    jwk = json.loads(RSAAlgorithm.to_jwk(private.public_key()))
    return SigningKey.objects.create(
        locked_private=keys.lock(written),
        public_jwk={"kty": jwk["kty"], "n": jwk["n"], "e": jwk["e"]},
        created_at=clock.now(),
        signs_from=signs_from,
    )
