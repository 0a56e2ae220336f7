# SPDX-License-Identifier: AGPL-3.0-or-later
"""Words of SQL that differ between databases, above all their own present, read while the statement runs.

Leases are compared and prolonged with the database's clock, so that workers on machines with different clocks agree,
and so that a worker that waited long for a lock does not prolong by a present that is already past.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection

# clock_timestamp() moves inside a transaction, now() would not. %% because parameters are put in afterwards.
_WORDS = {
    "sqlite": {
        ":present": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now')",
        ":later": "strftime('%%Y-%%m-%%d %%H:%%M:%%f', 'now', %s)",
        ":for_update": "",
        ":skip_locked": "",
    },
    "postgresql": {
        ":present": "clock_timestamp()",
        ":later": "clock_timestamp() + make_interval(secs => %s)",
        ":for_update": "FOR UPDATE",
        ":skip_locked": "FOR UPDATE SKIP LOCKED",
    },
}


def in_dialect(sql: str) -> str:
    """Replace ``:present``, ``:later`` (one parameter: ``seconds(…)``), ``:for_update`` and ``:skip_locked``."""
    for word, meaning in _WORDS[connection.vendor].items():
        sql = sql.replace(word, meaning)
    return sql


def seconds(amount: float) -> str | float:
    """Return the parameter that ``:later`` needs."""
    return f"+{amount:.3f} seconds" if connection.vendor == "sqlite" else amount


def stored(instant: datetime) -> Any:
    """Return an instant as this database stores it."""
    return connection.ops.adapt_datetimefield_value(instant)
