# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is read of spaces: for their people, for the desk, for the apps above."""

from __future__ import annotations

from archipel.spaces.queries.desk import SpacesPage, desk_spaces, desk_view, rows_for_csv
from archipel.spaces.queries.expected import expected_of, today_lines
from archipel.spaces.queries.site import SiteView, VersionLine, export_line, site_view, space_facts
from archipel.spaces.queries.tiles import Group, Tile, address_url, of_organisation, tiles_of
from archipel.spaces.queries.totals import (
    address_of,
    by_public_id,
    capacity_left,
    count_by_service,
    deletion_delay_days,
    figures,
    of_request,
    proof_of,
    space_at,
)

__all__ = [
    "Group",
    "SiteView",
    "SpacesPage",
    "Tile",
    "VersionLine",
    "address_of",
    "address_url",
    "by_public_id",
    "capacity_left",
    "count_by_service",
    "deletion_delay_days",
    "desk_spaces",
    "desk_view",
    "expected_of",
    "export_line",
    "figures",
    "of_organisation",
    "of_request",
    "proof_of",
    "rows_for_csv",
    "site_view",
    "space_at",
    "space_facts",
    "tiles_of",
    "today_lines",
]
