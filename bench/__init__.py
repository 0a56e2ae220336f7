# SPDX-License-Identifier: AGPL-3.0-or-later
"""Benchmarks, not tests: each prints its figure last and exits with 1 when its bound is missed."""
