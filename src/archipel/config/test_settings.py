# SPDX-License-Identifier: AGPL-3.0-or-later
"""Settings of the tests: a folder of their own, quick hashes, a cache in memory; everything else as in production."""

import atexit
import os
import shutil
import tempfile

os.environ["ARCHIPEL_DATA"] = os.environ.get("ARCHIPEL_TEST_DATA") or tempfile.mkdtemp(prefix="archipel-test-")
os.environ.setdefault("ARCHIPEL_MODE", "demonstration")

from archipel.config.settings import *  # noqa: F403 - the settings that are tested
from archipel.config.settings import ARCHIPEL_DATA, BASE, DATABASES, STORAGES
from archipel.config.texts import compile_texts

compile_texts(BASE.glob("src/archipel/*/locale/*/LC_MESSAGES/django.po"), ARCHIPEL_DATA / "locale")

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
DATABASES.pop("cache", None)
if "sqlite3" in DATABASES["default"]["ENGINE"]:
    DATABASES["default"]["TEST"] = {"NAME": None}
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = False
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME, LANGUAGE_COOKIE_NAME = "session", "csrf", "language"

if not os.environ.get("ARCHIPEL_TEST_DATA"):
    _made_by = os.getpid()

    @atexit.register
    def _clear() -> None:
        """Delete the folder with the process that made it, not with those it forks."""
        if os.getpid() == _made_by:
            shutil.rmtree(ARCHIPEL_DATA, ignore_errors=True)
