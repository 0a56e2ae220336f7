# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where applications run: machines and their sites, the engine over them, recipes, and the places back-ups go; not what runs for whom."""
