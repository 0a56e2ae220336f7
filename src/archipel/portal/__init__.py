# SPDX-License-Identifier: AGPL-3.0-or-later
"""Pages composed of what the apps below answer: home, launcher, Today, all my data; owns no row."""
