# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where bundles of exports lie (``ARCHIPEL_DATA/files/exports``), those that came in (``brought``), and copies kept for a while."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from django.conf import settings

from archipel.kernel import clock
from archipel.kernel.refusals import NotFound
from archipel.spaces.models import Export


def exports_folder() -> Path:
    """Return the folder of exports, made when missing."""
    folder = Path(settings.ARCHIPEL_DATA) / "files" / "exports"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def export_path(export: Export) -> Path:
    """Return where the bundle of an export is."""
    return exports_folder() / f"{export.public_id}.zip"


def is_there(export: Export) -> bool:
    """Return whether the bundle of an export can be fetched today."""
    expired = export.expires_on is not None and export.expires_on < clock.today()
    return bool(export.ready_at) and not export.removed_at and not expired and export_path(export).exists()


def is_gone(export: Export) -> bool:
    """Return whether an export was made and can be fetched no more, or was given up: only another one helps."""
    return export.expires_on is not None and not is_there(export)


def work_folder(export: Export) -> Path:
    """Return where an export is gathered before it is packed."""
    return exports_folder() / f"{export.public_id}.gathering"


def open_bundle(export: Export) -> BinaryIO:
    """Open the bundle of an export to read it piece by piece (``NotFound`` when it is gone)."""
    try:
        return export_path(export).open("rb")
    except FileNotFoundError:
        raise NotFound from None


def bundle_name(export: Export) -> str:
    """Return the name under which a browser keeps the bundle."""
    return f"export-{export.space.public_id}-{export.ready_at:%Y-%m-%d}.zip"


def brought_path(restoration_id: str) -> Path:
    """Return where a bundle that came in is."""
    return _folder("brought") / f"{restoration_id}.zip"


def unpacked_folder(restoration_id: str) -> Path:
    """Return where a bundle that came in is unpacked."""
    return _folder("brought") / f"{restoration_id}.unpacked"


def kept_folder(procedure_id: str) -> Path:
    """Return where what a space held is kept until a procedure is over."""
    return _folder("kept") / procedure_id


def _folder(name: str) -> Path:
    folder = Path(settings.ARCHIPEL_DATA) / "files" / name
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder
