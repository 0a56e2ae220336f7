# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which store an installation uses: S3 when a bucket is named, else a folder of its data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from archipel.connectors.websites.folder import FolderStore
from archipel.connectors.websites.store import Store

_NO = {"0", "no", "false", "off"}


def build_store(folder: Path, s3: Mapping[str, str]) -> Store:
    """Build the store in ``folder``, or in the bucket that ``s3`` names.

    Keys of ``s3``, all but the first optional: ``bucket``, ``endpoint``, ``access_key``, ``secret_key``, ``region``,
    ``path_style`` (yes unless ``0``), ``timeout`` (seconds of silence).
    """
    if not s3.get("bucket"):
        return FolderStore(folder)
    # Late: a host with a local folder must not pay the 30 MiB and the second that boto3 costs.
    from archipel.connectors.websites.s3 import S3Store  # noqa: PLC0415 - boto3 is only loaded when it is used

    return S3Store(
        s3["bucket"],
        endpoint=s3.get("endpoint", ""),
        access_key=s3.get("access_key", ""),
        secret_key=s3.get("secret_key", ""),
        region=s3.get("region", ""),
        path_style=s3.get("path_style", "1").lower() not in _NO,
        timeout=float(s3.get("timeout") or 15),
    )
