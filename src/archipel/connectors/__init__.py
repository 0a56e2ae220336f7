# SPDX-License-Identifier: AGPL-3.0-or-later
"""One folder per outside system; no Django, no database, no business decision."""
