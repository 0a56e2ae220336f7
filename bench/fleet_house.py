# SPDX-License-Identifier: AGPL-3.0-or-later
"""``python -m bench.fleet_house COUNT``: prepares a house in a process of its own, then lets ``fleet_rows`` measure it."""

from __future__ import annotations

import json
import sys
from importlib import import_module

from django.conf import settings

from archipel.config.preparation import prepare


def main() -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.SPACE_CONNECTORS = {**settings.SPACE_CONNECTORS, "fleet": "bench.fleet_rows.fleet"}
    prepare()
    print(json.dumps(import_module("bench.fleet_rows").measured(int(sys.argv[1]))))


if __name__ == "__main__":
    main()
