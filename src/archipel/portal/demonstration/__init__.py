# SPDX-License-Identifier: AGPL-3.0-or-later
"""The demonstration host: L'Escale, an invented association in Concarneau, its people, services and neighbours."""

from archipel.portal.demonstration.loading import SIGN_INS, NotEmpty, load

__all__ = ["SIGN_INS", "NotEmpty", "load"]
