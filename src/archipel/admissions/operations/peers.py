# SPDX-License-Identifier: AGPL-3.0-or-later
"""The peer hosts that requests may be passed on to."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from archipel.admissions.models import PeerHost
from archipel.history import operations as history
from archipel.identity.models import Person
from archipel.kernel.refusals import Invalid


class PeerRefused(Invalid):
    """A peer needs a name, a site and an address."""

    code = "peer_refused"
    message = _("Write the name of this host.")


def add_peer(*, name: str, url: str, address: str, offers: str = "", by: Person | None = None) -> PeerHost:
    """Add a host that requests may be passed on to."""
    peer = PeerHost()
    _fill(peer, name, url, address, offers)
    with transaction.atomic():
        peer.save()
        _record("peer.added", peer, by)
    return peer


def change_peer(
    *, peer: PeerHost, name: str, url: str, address: str, offers: str = "", active: bool = True, by: Person
) -> PeerHost:
    """Correct a peer host; an inactive one is no longer proposed."""
    _fill(peer, name, url, address, offers)
    peer.active = active
    with transaction.atomic():
        peer.save()
        _record("peer.changed", peer, by)
    return peer


def _fill(peer: PeerHost, name: str, url: str, address: str, offers: str) -> None:
    peer.name, peer.url, peer.address, peer.offers = name.strip()[:120], url.strip(), address.strip(), offers.strip()
    if not peer.name:
        raise PeerRefused(field="name")
    try:
        URLValidator(schemes=["http", "https"])(peer.url)
    except ValidationError as error:
        raise PeerRefused(_("Write the address of its site, such as https://example.org."), field="url") from error
    try:
        validate_email(peer.address)
    except ValidationError as error:
        raise PeerRefused(_("Write an e-mail address that this host reads."), field="address") from error


def _record(what: str, peer: PeerHost, by: Person | None, **details: Any) -> None:
    history.record(what=what, about=("peer", peer.public_id, peer.name), actor=by, visible="host", **details)
