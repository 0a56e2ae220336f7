# SPDX-License-Identifier: AGPL-3.0-or-later
"""Reads a mailbox over IMAP; decides nothing about what the mails are for."""
