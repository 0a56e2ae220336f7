# SPDX-License-Identifier: AGPL-3.0-or-later
"""Caddy, the proxy before the applications, driven by its admin API: what is routed where is decided above."""
