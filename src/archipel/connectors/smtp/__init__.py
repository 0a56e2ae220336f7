# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hands letters to a mail server over SMTP; decides nothing about who receives what."""
