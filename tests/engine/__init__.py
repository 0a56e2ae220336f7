# SPDX-License-Identifier: AGPL-3.0-or-later
"""Real container engines for tests: Debian's dockerd in a network namespace of its own, and images built from Debian."""
