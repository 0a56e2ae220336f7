# SPDX-License-Identifier: AGPL-3.0-or-later
"""What could be had: services, dated offers, tiers, prices and terms; not who asked for them."""
