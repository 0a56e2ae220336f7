# SPDX-License-Identifier: AGPL-3.0-or-later
"""What must be true before web and worker start; nothing is repaired here, it is said in plain words."""

from __future__ import annotations

import stat
from pathlib import Path

from django.conf import settings

from archipel.host import domains
from archipel.host.models import Host
from archipel.host.operations.installation import CANARY
from archipel.kernel import keys

KEY_FILES = ("secret-key", "encryption-keys")


class StartRefused(Exception):
    """Starting now would lose or expose something; the message says what to do, for who runs the machine."""


def check_start() -> None:
    """Refuse to start (``StartRefused``) with readable keys, keys of another database, or domains too close."""
    folder = Path(settings.ARCHIPEL_DATA) / "keys"
    _check_permissions(folder)
    host = Host.objects.filter(pk=1).first()
    if host is None:
        return
    _check_canary(host, folder)
    portal = domains.host_name(host.portal_url)
    if not settings.DEMONSTRATION and not domains.kept_apart(portal, host.sites_domain):
        raise StartRefused(
            f"Hosted sites live under {host.sites_domain} and the portal at {portal}: a hosted page could act on the portal. "
            "Give the sites another registered domain."
        )


def _check_permissions(folder: Path) -> None:
    for path, wanted in [(folder, 0o700), *((folder / name, 0o600) for name in KEY_FILES)]:
        if not path.exists():
            raise StartRefused(f"{path} is missing: put back the keys from your back-up (archipel restore).")
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise StartRefused(f"{path} can be read by others on this machine. Remedy: chmod {wanted:o} {path}")


def _check_canary(host: Host, folder: Path) -> None:
    try:
        opened = keys.unlock(host.canary) if host.canary else ""
    except keys.KeyDoesNotOpen:
        opened = ""
    if opened != CANARY:
        raise StartRefused(
            f"The keys in {folder} do not open this database: they belong to another one. "
            "Put back the keys that go with it (archipel restore), nothing was changed."
        )
