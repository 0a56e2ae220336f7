# SPDX-License-Identifier: AGPL-3.0-or-later
"""This installation: its name, domains, senders, languages, dated parameters and written texts; not the people who run it."""
