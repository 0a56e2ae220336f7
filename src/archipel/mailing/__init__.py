# SPDX-License-Identifier: AGPL-3.0-or-later
"""Messages to be sent, their delivery, bounces and the suppression list; not the conversations people hold."""
