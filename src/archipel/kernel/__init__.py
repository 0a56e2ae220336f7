# SPDX-License-Identifier: AGPL-3.0-or-later
"""Money, references, states, refusals and the clock: what every app speaks with; owns no table and no business rule."""
