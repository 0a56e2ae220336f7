# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reading what the host's former software wrote: formats, columns, checks. Nothing here writes to the database."""
