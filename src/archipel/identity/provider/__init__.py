# SPDX-License-Identifier: AGPL-3.0-or-later
"""The OpenID Connect provider: speaks the protocol by oauthlib, decides by rows, writes by operations."""
