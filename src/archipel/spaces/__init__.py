# SPDX-License-Identifier: AGPL-3.0-or-later
"""What exists: spaces opened for organisations, their addresses, versions, holds, usage, exports and end; not why they were granted."""
