# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tells applications by HTTP that somebody is out; decides nothing about who is."""
