# SPDX-License-Identifier: AGPL-3.0-or-later
"""An application, and people who may enter it and are signed in already."""

from __future__ import annotations

import json
from pathlib import Path

from archipel.identity import operations
from bench import seeding
from bench.pages_rows import cookie_of

BACK = "http://127.0.0.1:9/callback"


def seed(data: Path, count: int) -> None:
    """Register an application of the host, let ``count`` people in, and keep their cookies for who measures."""
    client, secret = operations.register_client(name="Nuage", redirect_uris=[BACK], by=None)
    people = seeding.people(count)
    for person in people:
        operations.give_entry(client=client, person=person, through="bench")
    found = {"id": client.public_id, "secret": secret, "cookies": [cookie_of(person) for person in people]}
    (data / "bench.json").write_text(json.dumps(found))
