# SPDX-License-Identifier: AGPL-3.0-or-later
"""Which databases are used: one SQLite file and its cache beside it, or PostgreSQL for both."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

# Measured in the reference: WAL with immediate transactions gave no "locked" error with four writers.
SQLITE_OPTIONS = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 30,
    "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA mmap_size=67108864;PRAGMA cache_size=-8000;",
}
# A machine that is gone says nothing: after so many seconds its database is taken for one that does not answer.
POSTGRESQL_OPTIONS = {
    "connect_timeout": 10,
    "tcp_user_timeout": 30_000,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
}


def databases_for(address: str, folder: Path, passphrase: str = "") -> dict[str, dict[str, Any]]:
    """Return Django's DATABASES for ``postgresql://user:secret@host:port/name``, or SQLite files in a folder.

    ``passphrase`` is the secret where the address holds none.
    """
    if not address:
        return {"default": _sqlite(folder / "archipel.sqlite3"), "cache": _sqlite(folder / "cache.sqlite3")}
    parts = urlsplit(address)
    if parts.scheme not in {"postgresql", "postgres"}:
        raise ValueError("ARCHIPEL_DATABASE must begin with postgresql://")
    query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
    return {
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": parts.path.lstrip("/"),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or "") or passphrase,
            "HOST": unquote(parts.hostname or query.get("host", "")),
            "PORT": str(parts.port or query.get("port", "")),
            "CONN_MAX_AGE": 600,
            "CONN_HEALTH_CHECKS": True,
            "OPTIONS": dict(POSTGRESQL_OPTIONS),
        }
    }


def _sqlite(path: Path) -> dict[str, Any]:
    return {"ENGINE": "django.db.backends.sqlite3", "NAME": str(path), "OPTIONS": SQLITE_OPTIONS}


def cache() -> dict[str, dict[str, Any]]:
    """Return Django's CACHES: a table, shared by all processes (codes and rate limits must be)."""
    return {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}


class CacheRouter:
    """Keep the cache's table in its own file when there is one: a busy cache must not wait for the books."""

    def db_for_read(self, model: Any, **hints: Any) -> str | None:
        return self._place(model._meta.app_label)

    def db_for_write(self, model: Any, **hints: Any) -> str | None:
        return self._place(model._meta.app_label)

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        return app_label == "django_cache" if db == "cache" else None

    @staticmethod
    def _place(app_label: str) -> str | None:
        from django.conf import settings

        return "cache" if app_label == "django_cache" and "cache" in settings.DATABASES else None
