# SPDX-License-Identifier: AGPL-3.0-or-later
"""French towns: loading the shipped list, searching it as people type, choosing one without JavaScript."""

from archipel.organisations.towns.loading import load_towns
from archipel.organisations.towns.searching import search_towns, town_key

__all__ = ["load_towns", "search_towns", "town_key"]
