# SPDX-License-Identifier: AGPL-3.0-or-later
"""The one router of this app: each file adds its operations to it."""

from __future__ import annotations

from ninja import Router

router = Router(tags=["spaces"])
