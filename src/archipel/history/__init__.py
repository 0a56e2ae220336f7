# SPDX-License-Identifier: AGPL-3.0-or-later
"""Who did what, when, and to whom it is shown; keeps labels and public ids, never a key to another app's rows."""
