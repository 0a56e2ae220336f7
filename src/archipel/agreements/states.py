# SPDX-License-Identifier: AGPL-3.0-or-later
"""The life of an agreement."""

from __future__ import annotations

from archipel.kernel.states import Moves

Agreement = Moves.of({"proposed": "agreed withdrawn", "agreed": "ended", "withdrawn": "", "ended": ""})
