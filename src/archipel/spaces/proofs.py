# SPDX-License-Identifier: AGPL-3.0-or-later
"""The proof of a deletion: what, when, who, how much, and a signature of the host over all of it.

``signature`` is HMAC-SHA-256 by the installation's signing key over the document without it, as JSON with sorted keys
and no spaces: the host can tell whether a proof that someone shows is one of its own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from archipel.host import queries as host
from archipel.kernel.references import digest
from archipel.organisations import access as organisations
from archipel.spaces.models import Closing, Space

FORMAT = "archipel-deletion-proof/1"


def write(
    space: Space,
    closing: Closing,
    *,
    address: str,
    objects: int,
    counted: dict[str, Any],
    copies: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Return the signed proof. Persons stand by their ids: their names are shown beside it, and may be forgotten.

    ``backups`` says how many back-ups were deleted in which places, and which closed places still hold some, encrypted;
    it is missing from a deletion that began before Archipel kept back-ups.
    """
    document: dict[str, Any] = {
        "format": FORMAT,
        "host": host.current().name,
        "space": {"id": space.public_id, "title": space.title, "service": space.service.slug, "address": address},
        "organisation": {"id": space.organisation.public_id, "name": space.organisation.name},
        "asked": {"at": _instant(closing.asked_at), "by": _person(closing.asked_by), "reason": closing.reason},
        "confirmed": [
            {
                "at": _instant(closing.first_confirmed_at),
                "by": _person(closing.first_confirmed_by),
                "as": _side(closing.first_confirmed_by),
            },
            {
                "at": _instant(closing.second_confirmed_at),
                "by": _person(closing.second_confirmed_by),
                "as": _side(closing.second_confirmed_by),
            },
        ],
        "deleted_at": _instant(closing.deleted_at),
        "counted_before": counted,
        "objects_deleted": objects,
        "export_sha256": closing.export.sha256 if closing.export else "",
        **({"backups": dict(copies)} if copies is not None else {}),
    }
    return {**document, "signature": sign(document)}


def sign(document: dict[str, Any]) -> str:
    """Return the signature of a proof without one."""
    return digest(json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False))


def is_ours(proof: dict[str, Any]) -> bool:
    """Return whether this installation signed exactly this proof."""
    document = {key: value for key, value in proof.items() if key != "signature"}
    return bool(proof) and proof.get("signature") == sign(document)


def _instant(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None


def _person(person: Any) -> str | None:
    return person.public_id if person else None


def _side(person: Any) -> str:
    return "host" if person and organisations.desk_may(person, "delete") else "referent"
