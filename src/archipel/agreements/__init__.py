# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who agreed to which prices and dated terms, from when to when; not what is invoiced."""
