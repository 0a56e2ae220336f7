# SPDX-License-Identifier: AGPL-3.0-or-later
"""``./run --tour``: the nine steps by the JSON API, against a fresh demonstration of its own, nothing left running."""

from archipel.config.tour.starting import walk
from archipel.config.tour.walking import Walk

__all__ = ["Walk", "walk"]
