# SPDX-License-Identifier: AGPL-3.0-or-later
"""Organisations, the roles of persons in them, invitations and rights; not what was opened for them."""
