# SPDX-License-Identifier: AGPL-3.0-or-later
"""Threads held by page and by mail with the files attached; not the subject they are about."""
