# SPDX-License-Identifier: AGPL-3.0-or-later
"""Archipel: the information system of associative, ethical hosts of libre services."""

__version__ = "0.1.0"
