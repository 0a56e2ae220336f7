# SPDX-License-Identifier: AGPL-3.0-or-later
"""The demonstration host: L'Escale, an invented association in Concarneau, its people, services and neighbours."""
