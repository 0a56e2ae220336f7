# SPDX-License-Identifier: AGPL-3.0-or-later
"""The public names, asked to the machine's name servers with dnspython."""
