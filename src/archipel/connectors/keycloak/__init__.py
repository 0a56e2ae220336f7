# SPDX-License-Identifier: AGPL-3.0-or-later
"""Keycloak 26 as the place where people sign in, driven by its admin API; who may enter what is not its business."""
