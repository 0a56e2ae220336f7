# SPDX-License-Identifier: AGPL-3.0-or-later
"""``python -m bench.node_loss_house``: prepares a house in a process of its own, then lets ``node_loss_rows`` lose a machine of it."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

from django.conf import settings
from tests.connectors.swarm.worlds import images
from tests.connectors.wordpress.sites import APP_IMAGE, DATABASE_IMAGE, IMAGES
from tests.engine.daemon import engines
from tests.engine.images import build_image

from archipel.config.preparation import prepare


def main() -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.ENGINE = "bench.node_loss_rows.engine"
    settings.SPACE_CONNECTORS = {**settings.SPACE_CONNECTORS, "wordpress": "bench.node_loss_rows.wordpress"}
    prepare()
    rows = import_module("bench.node_loss_rows")
    load = (images()[0], build_image(IMAGES, APP_IMAGE), build_image(IMAGES / "db", DATABASE_IMAGE))
    with engines(3, load=load) as daemons:
        print(json.dumps(rows.measured(daemons, Path(settings.ARCHIPEL_DATA).parent / "copies")))


if __name__ == "__main__":
    main()
