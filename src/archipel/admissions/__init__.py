# SPDX-License-Identifier: AGPL-3.0-or-later
"""Requests, waves, the waiting list, decisions and redirections to peer hosts; not the spaces that follow."""
