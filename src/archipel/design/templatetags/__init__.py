# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tags and filters every template may use without loading them."""
