# SPDX-License-Identifier: AGPL-3.0-or-later
"""Settings, root addresses, command line, web server, and which connector fills which port."""
