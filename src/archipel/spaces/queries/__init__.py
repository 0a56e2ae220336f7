# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is read of spaces: for their people, for the desk, for the apps above."""

from __future__ import annotations

from archipel.spaces.queries.backups import CopySeen, backups_view, copies_of, drills_newest_first, safety_of
from archipel.spaces.queries.desk import SpacesPage, desk_spaces, desk_view, rows_for_csv
from archipel.spaces.queries.domains import DomainsView, DomainView, domains_view
from archipel.spaces.queries.expected import expected_of, today_lines
from archipel.spaces.queries.machine_spaces import MachineSpacesView, is_machine_to_empty, machine_spaces_view
from archipel.spaces.queries.people import entrant_of, entrants_of, roles_of
from archipel.spaces.queries.restorations import organisation_called, restorations_of, services_opened_by_machine
from archipel.spaces.queries.routing import is_known, is_led_anywhere
from archipel.spaces.queries.running import RunningView, ServiceVersions, running_view, services_by_version
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
    opening_of,
    proof_of,
    space_at,
)
from archipel.spaces.queries.where import (
    all_spaces_of,
    declared_by,
    declared_line,
    readers_of,
    where_is_our_data,
    where_rows,
)

__all__ = [
    "CopySeen",
    "DomainView",
    "DomainsView",
    "Group",
    "MachineSpacesView",
    "RunningView",
    "ServiceVersions",
    "SiteView",
    "SpacesPage",
    "Tile",
    "VersionLine",
    "address_of",
    "address_url",
    "all_spaces_of",
    "backups_view",
    "by_public_id",
    "capacity_left",
    "copies_of",
    "count_by_service",
    "declared_by",
    "declared_line",
    "deletion_delay_days",
    "desk_spaces",
    "desk_view",
    "domains_view",
    "drills_newest_first",
    "entrant_of",
    "entrants_of",
    "expected_of",
    "export_line",
    "figures",
    "is_known",
    "is_led_anywhere",
    "is_machine_to_empty",
    "machine_spaces_view",
    "of_organisation",
    "of_request",
    "opening_of",
    "organisation_called",
    "proof_of",
    "readers_of",
    "restorations_of",
    "roles_of",
    "rows_for_csv",
    "running_view",
    "safety_of",
    "services_by_version",
    "services_opened_by_machine",
    "site_view",
    "space_at",
    "space_facts",
    "tiles_of",
    "today_lines",
    "where_is_our_data",
    "where_rows",
]
