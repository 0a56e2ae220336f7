# SPDX-License-Identifier: AGPL-3.0-or-later
"""Persons, their addresses, sign-in and tokens; not the organisations they belong to."""
