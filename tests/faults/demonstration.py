# SPDX-License-Identifier: AGPL-3.0-or-later
"""A real ``./run`` on a copy of a demonstration where Cyclo-Marée has a site online, seen from outside."""

from __future__ import annotations

import io
import shutil
import sqlite3
import zipfile
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from bench.serving import Served

from archipel.config.tour.speaking import Api, wait_for
from archipel.portal.demonstration.sign_ins import PASSPHRASE

REFERENT, DESK = "jeanne@cyclomaree.example", "maelle@lescale.example"
VERSION_ONE = {"index.html": b"<h1>Version one</h1>", "about.html": b"<h1>About one</h1>"}
SITE = "cyclo-maree.pages.localhost"


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of files as they are."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return made.getvalue()


class Demonstration:
    """A data folder, and the ``./run`` that serves it while there is one."""

    def __init__(self, data: Path, port: int) -> None:
        self.data, self.port = data, port
        self.served: Served | None = None

    def copy(self, folder: Path) -> Demonstration:
        """Return one of its own that begins as this one, which is not served."""
        shutil.copytree(self.data, folder / "data")
        (folder / "data" / "run.pid").unlink(missing_ok=True)
        return Demonstration(folder / "data", self.port)

    def start(self) -> None:
        self.served = Served(self.data, self.port, ARCHIPEL_DATABASE="")

    def stop(self) -> None:
        if self.served and self.served.process.poll() is None:
            self.served.stop()
        self.served = None

    @property
    def web(self) -> int:
        """The process id of the web process: the last that ``./run`` starts."""
        assert self.served
        return self.served.processes()[-1]

    @property
    def anyone(self) -> Api:
        return Api(f"http://127.0.0.1:{self.port}")

    def referent(self) -> Api:
        scopes = ("spaces:read", "websites:publish", "me:read")
        return self.anyone.as_person(REFERENT, PASSPHRASE, *scopes)

    def move_clock(self, days: int) -> None:
        self.anyone.as_person(DESK, PASSPHRASE, "requests:decide").call(
            "POST", "/api/demonstration/clock", {"days": days}
        )

    def read(self, query: str) -> list[tuple[Any, ...]]:
        """Read the database from outside."""
        with closing(sqlite3.connect(f"file:{self.data / 'archipel.sqlite3'}?mode=ro", uri=True, timeout=30)) as books:
            return books.execute(query).fetchall()

    def space_id(self) -> str:
        """Wait until the site is open and return its id."""
        rows = wait_for(
            lambda: self.read("SELECT public_id FROM spaces_space WHERE state = 'open'"), "the site of Cyclo-Marée"
        )
        return str(rows[0][0])

    def page(self, path: str = "/") -> bytes:
        """Return what visitors of the site get, whatever the status."""
        return self.anyone.fetch("GET", path, host=SITE)[2]
