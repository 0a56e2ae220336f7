# SPDX-License-Identifier: AGPL-3.0-or-later
"""Archipel deployed as a host deploys it: images and stack on a real engine, units as plain processes."""
