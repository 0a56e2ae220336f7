# SPDX-License-Identifier: AGPL-3.0-or-later
"""Recorded runs of steps, resumed, retried or handed to a human; not what the steps do."""
