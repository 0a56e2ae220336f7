# SPDX-License-Identifier: AGPL-3.0-or-later
"""The pages of the portal room: front page, launcher, an organisation, Today, my data, the demonstration clock."""
