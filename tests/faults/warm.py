# SPDX-License-Identifier: AGPL-3.0-or-later
"""Loaded by the parent of children, so that none of them has to: what Django loads only when it is first used."""

from __future__ import annotations

from django.template import engines
from django.utils import translation
from django.utils.module_loading import autodiscover_modules

import archipel.connectors.websites.connector
import archipel.connectors.websites.folder  # noqa: F401
import tests.faults.acts
import tests.faults.house
import tests.faults.outcome
import tests.faults.writes  # noqa: F401

autodiscover_modules("queries")
engines.all()
with translation.override("fr"):
    translation.gettext("Hello,")
