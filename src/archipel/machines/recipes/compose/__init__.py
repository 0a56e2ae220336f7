# SPDX-License-Identifier: AGPL-3.0-or-later
"""Compose files (version 3.8, 3.9 for our own) read into ``machines.ports.Stack``; what is not read is said key by key."""

from __future__ import annotations

from archipel.machines.recipes.compose.reading import Reading, ServiceRead
from archipel.machines.recipes.compose.stacks import FRONT, StackRead, read_stack

__all__ = ["FRONT", "Reading", "ServiceRead", "StackRead", "read_stack"]
