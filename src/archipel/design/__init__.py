# SPDX-License-Identifier: AGPL-3.0-or-later
"""Base templates, components, stylesheet and pictures of the three faces; owns no table."""
