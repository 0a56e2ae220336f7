# SPDX-License-Identifier: AGPL-3.0-or-later
"""The settings of ``./run`` without any cache, and with a count of queries in each answer."""

from archipel.config.settings import *  # noqa: F403 - the same house
from archipel.config.settings import MIDDLEWARE

CACHES = {"default": {"BACKEND": "django.core.cache.backends.dummy.DummyCache"}}
MIDDLEWARE = ["bench.counting.CountQueries", *MIDDLEWARE]
